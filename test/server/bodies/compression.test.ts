/** Bodies in any content coding: complete, broken, or far larger than they look. */
import {
  brotliCompressSync,
  constants,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { openRawClient } from '../../tools/app/raw-client.ts'
import { PATIENCE_MS, within } from '../../tools/app/within.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'

const CODINGS = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const

describe.each(CODINGS)('a body in %s', (coding, compress) => {
  const headers = { 'content-encoding': coding }

  it('reaches the upstream decoded, relayed and translated', async () => {
    const { sluice, upstream } = await startHouse()
    const relayed = chatBody('grüße 🙂 '.repeat(20_000))
    const bytes = Buffer.from(JSON.stringify(relayed))
    expect((await sluice.send(CHAT, { headers, body: compress(bytes) })).status).toBe(200)
    const [call] = callsOf(upstream)
    expect(call?.rawBody.equals(bytes)).toBe(true)
    expect(call?.headers['content-encoding']).toBeUndefined()

    const translated = JSON.stringify(chatBody('hello', { model: CLAUDE }))
    expect((await sluice.send(CHAT, { headers, body: compress(translated) })).status).toBe(200)
  })

  it('is refused if it is cut off', async () => {
    const { sluice, upstream } = await startHouse()
    const whole = compress(JSON.stringify(messagesBody('x'.repeat(5_000))))
    for (const kept of [0, 1, 3, 9, whole.length >> 1, whole.length - 1]) {
      const received = await sluice.send(MESSAGES, { headers, body: whole.subarray(0, kept) })
      expect(received.status).toBe(400)
      expect(checkMessagesError(received.json)).toEqual([])
    }
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it('is refused if it is a different one', async () => {
    const { sluice } = await startHouse()
    const other = coding === 'br' ? gzipSync('{}') : brotliCompressSync('{"model":"x"}'.repeat(9))
    for (const body of [other, Buffer.from(JSON.stringify(chatBody())), Buffer.alloc(5_000, 7)]) {
      const received = await sluice.send(CHAT, { headers, body })
      expect(received.status).toBe(400)
      expect(checkChatError(received.json)).toEqual([])
      expect(received.text).toContain(coding.toLowerCase())
    }
  })

  it('is answered, either way, with trailing garbage', async () => {
    const { sluice } = await startHouse()
    const body = Buffer.concat([compress(JSON.stringify(chatBody())), Buffer.alloc(200_000, 7)])
    const { status } = await within(PATIENCE_MS, 'an answer', sluice.send(CHAT, { headers, body }))
    expect([200, 400]).toContain(status)
  })

  it('is refused if its text is not UTF-8', async () => {
    const { sluice } = await startHouse()
    const body = compress(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))
    expect((await sluice.send(CHAT, { headers, body })).text).toContain('UTF-8')
  })

  it('is stopped at the limit, however small it looks', async () => {
    const { sluice, upstream } = await startHouse({
      limits: { bodyBytes: 1024 * 1024, inFlightBytes: 4 * 1024 * 1024, depth: 512 },
    })
    const bomb = compress(Buffer.alloc(16 * 1024 * 1024, 0x20))
    expect(bomb.length).toBeLessThan(1024 * 1024)
    for (let round = 0; round < 8; round++) {
      const received = await sluice.send(MESSAGES, { headers, body: bomb })
      expect(received.status).toBe(413)
      expect(checkMessagesError(received.json)).toEqual([])
    }
    expect(callsOf(upstream)).toHaveLength(0)
    // Nothing of it is still held.
    expect((await sluice.send(CHAT, { body: chatBody('x'.repeat(1_000_000)) })).status).toBe(200)
  })
})

it('holds little memory for many decompression bombs at once', async () => {
  const { sluice } = await startHouse({
    limits: { bodyBytes: 1024 * 1024, inFlightBytes: 4 * 1024 * 1024, depth: 512 },
  })
  const bombs = CODINGS.map(
    ([coding, compress]) => [coding, compress(Buffer.alloc(32 * 1024 * 1024, 0x20))] as const,
  )
  const before = process.memoryUsage().rss
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss - before)
  }, 5)
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => {
      const [coding, body] = bombs[index % bombs.length]!
      return sluice.send(CHAT, { headers: { 'content-encoding': coding }, body })
    }),
  )
  clearInterval(watch)
  expect(answers.filter(({ status }) => status !== 413 && status !== 503)).toEqual([])
  expect(peak).toBeLessThan(128 * 1024 * 1024)
})

it('stops a bomb in the middle, and the client with it', async () => {
  const { sluice } = await startHouse({
    limits: { bodyBytes: 100_000, inFlightBytes: 1_000_000, depth: 512 },
  })
  const client = await openRawClient(sluice.url)
  client.write(
    `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n`,
  )
  const gzip = createGzip({ level: constants.Z_NO_COMPRESSION })
  gzip.on('data', (bytes: Buffer) => {
    client.write(`${bytes.length.toString(16)}\r\n`)
    client.write(bytes)
    client.write('\r\n')
  })
  // It would never end by itself.
  const pump = setInterval(() => gzip.write(Buffer.alloc(16_384, 0x20)), 2)
  const received = await within(PATIENCE_MS, 'the connection closes', client.closed)
  clearInterval(pump)
  gzip.destroy()
  expect(received).toMatch(/^HTTP\/1\.1 413 /)
})

describe('a coding', () => {
  it.each([
    'compress',
    'gzip, br',
    'identity, gzip',
    'snappy',
    '__proto__',
    'constructor',
    'x'.repeat(900),
  ])('%s is refused', async (coding) => {
    const { sluice } = await startHouse()
    const received = await sluice.send(CHAT, {
      headers: { 'content-encoding': coding },
      body: gzipSync('{}'),
    })
    expect(received.status).toBe(400)
    expect(checkChatError(received.json)).toEqual([])
    expect(received.json.error).toMatchObject({ param: 'content-encoding' })
  })

  it.each(['identity', 'Identity', '', ' identity '])("'%s' is none", async (coding) => {
    const { sluice } = await startHouse()
    const headers = { 'content-encoding': coding }
    expect((await sluice.send(CHAT, { headers, body: chatBody() })).status).toBe(200)
  })

  it('of raw deflate, as some clients have it, gets a clear answer', async () => {
    const { sluice } = await startHouse()
    const { status } = await sluice.send(CHAT, {
      headers: { 'content-encoding': 'deflate' },
      body: deflateRawSync(JSON.stringify(chatBody())),
    })
    expect(status).toBe(400)
  })
})

describe('a body with empty parts', () => {
  const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4])

  it.each([
    ['gzip', gzipSync('')],
    ['zstd', SKIPPABLE],
    ['zstd', zstdCompressSync('')],
  ])('is refused before its end, which may never come: %s', async (coding, part) => {
    const { sluice } = await startHouse()
    const client = await openRawClient(sluice.url)
    client.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-encoding: ${coding}\r\ntransfer-encoding: chunked\r\n\r\n`,
    )
    const parts = Buffer.concat(Array.from({ length: Math.ceil(16_384 / part.length) }, () => part))
    const chunk = Buffer.concat([
      Buffer.from(`${parts.length.toString(16)}\r\n`),
      parts,
      Buffer.from('\r\n'),
    ])
    const pump = setInterval(() => client.socket.write(chunk), 2)
    const received = await within(PATIENCE_MS, 'an answer', client.until('\r\n\r\n'))
    clearInterval(pump)
    client.socket.destroy()
    expect(received).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('is accepted if there are few such parts', async () => {
    const { sluice } = await startHouse()
    const body = Buffer.concat([
      ...Array.from({ length: 500 }, () => gzipSync('')),
      gzipSync(JSON.stringify(chatBody())),
    ])
    const headers = { 'content-encoding': 'gzip' }
    expect((await sluice.send(CHAT, { headers, body })).status).toBe(200)
  })
})
