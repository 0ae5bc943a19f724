/** Uploads that stall, or are very slow: one caller's do not affect another caller. */
import { gzipSync, zstdCompressSync, constants } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { openRawClient, type RawClient } from '../../tools/app/raw-client.ts'
import { PATIENCE_MS, within } from '../../tools/app/within.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'

const KEYS = ['sk-hostile', 'sk-friendly']
const HOSTILE = { 'x-api-key': 'sk-hostile' }
const FRIENDLY = { 'x-api-key': 'sk-friendly' }

const clients: RawClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
})

const head = (path: string, headers: readonly string[]): string =>
  [`POST ${path} HTTP/1.1`, 'host: localhost', 'x-api-key: sk-hostile', ...headers, '', ''].join(
    '\r\n',
  )

const upload = async (
  url: string,
  path: string,
  headers: readonly string[],
  bytes: Buffer,
): Promise<RawClient> => {
  const client = await openRawClient(url)
  clients.push(client)
  client.write(head(path, headers))
  client.write(bytes)
  return client
}

const LONG = ['content-length: 1000000']
const bodyOf = (answer: string): Record<string, unknown> =>
  JSON.parse(answer.slice(answer.indexOf('{'))) as Record<string, unknown>

describe('an upload that stops short', () => {
  const limits = {
    bodyBytes: 1024 * 1024,
    inFlightBytes: 8 * 1024 * 1024,
    depth: 512,
    uploadStallMs: 200,
  }

  it.each([
    ['as it is', [], Buffer.from('{"model":"gpt')],
    ['without a byte', [], Buffer.alloc(0)],
    ['compressed', ['content-encoding: gzip'], gzipSync('{"model":"gpt-4o"}').subarray(0, 20)],
  ])('%s ends with a 408 in the dialect', async (_, headers, bytes) => {
    const { sluice, upstream } = await startHouse({ keys: KEYS, limits })
    const chat = await upload(sluice.url, CHAT, [...LONG, ...headers], bytes)
    const messages = await upload(sluice.url, MESSAGES, [...LONG, ...headers], bytes)
    const [told, toldToo] = await within(
      PATIENCE_MS,
      'both are told',
      Promise.all([chat.closed, messages.closed]),
    )
    expect(told).toMatch(/^HTTP\/1\.1 408 /)
    expect(checkChatError(bodyOf(told))).toEqual([])
    expect(toldToo).toMatch(/^HTTP\/1\.1 408 /)
    expect(checkMessagesError(bodyOf(toldToo))).toEqual([])
    expect(callsOf(upstream)).toEqual([])
  })

  it('ends although a byte arrives now and then', async () => {
    const { sluice } = await startHouse({ keys: KEYS, limits })
    const client = await upload(sluice.url, CHAT, LONG, Buffer.from('{'))
    const trickle = setInterval(() => client.write(' '), 20)
    const told = await within(PATIENCE_MS, 'it is told', client.closed)
    clearInterval(trickle)
    expect(told).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('does not end one that is slow and steady', async () => {
    const { sluice } = await startHouse({ keys: KEYS, limits: { ...limits, uploadStallMs: 1_000 } })
    const body = Buffer.from(JSON.stringify(chatBody('x'.repeat(20_000))))
    const headers = [`content-length: ${body.length}`, 'content-type: application/json']
    const client = await upload(sluice.url, CHAT, headers, Buffer.alloc(0))
    for (let at = 0; at < body.length; at += 500) {
      client.write(body.subarray(at, at + 500))
      await new Promise((resolve) => {
        setTimeout(resolve, 50)
      })
    }
    expect(await within(PATIENCE_MS, 'an answer', client.until('chat.completion'))).toMatch(
      /^HTTP\/1\.1 200 /,
    )
  })

  it('releases all that it held', async () => {
    const { sluice } = await startHouse({ keys: KEYS, limits })
    const piece = gzipSync(Buffer.alloc(900_000, 0x20)).subarray(0, -8)
    const headers = [...LONG, 'content-encoding: gzip']
    const stopped = await Promise.all(
      Array.from({ length: 20 }, () => upload(sluice.url, CHAT, headers, piece)),
    )
    const told = await Promise.all(stopped.map(({ closed }) => closed))
    expect(told.filter((answer) => !/^HTTP\/1\.1 (408|429) /.test(answer))).toEqual([])
    expect(told.some((answer) => answer.startsWith('HTTP/1.1 429'))).toBe(true)
    const body = chatBody('x'.repeat(1_000_000))
    expect((await sluice.send(CHAT, { headers: HOSTILE, body })).status).toBe(200)
  })
})

it('one caller’s stalled compressed uploads leave memory for another’s calls', async () => {
  const { sluice } = await startHouse({
    keys: KEYS,
    limits: { bodyBytes: 1024 * 1024, inFlightBytes: 8 * 1024 * 1024, depth: 512 },
  })
  const piece = gzipSync(Buffer.alloc(1_000_000, 0x20)).subarray(0, -8)
  const headers = [...LONG, 'content-encoding: gzip']
  const stopped = await Promise.all(
    Array.from({ length: 30 }, () => upload(sluice.url, CHAT, headers, piece)),
  )
  await within(
    PATIENCE_MS,
    'the share is used up',
    Promise.any(stopped.map(({ until }) => until('HTTP/1.1 429'))),
  )
  const body = chatBody('x'.repeat(900_000))
  for (let call = 0; call < 3; call++)
    expect((await sluice.send(CHAT, { headers: FRIENDLY, body })).status).toBe(200)
})

it('a zstd body may look back as far as HTTP allows, and no further', async () => {
  const { sluice } = await startHouse()
  const bytes = Buffer.from(JSON.stringify(chatBody('grüße 🙂 '.repeat(1_000_000))))
  const compress = (log: number) =>
    zstdCompressSync(bytes, { params: { [constants.ZSTD_c_windowLog]: log } })
  const headers = { 'content-encoding': 'zstd' }
  expect((await sluice.send(CHAT, { headers, body: compress(23) })).status).toBe(200)
  const refused = await sluice.send(CHAT, { headers, body: compress(25) })
  expect(refused.status).toBe(400)
  expect(checkChatError(refused.json)).toEqual([])
})
