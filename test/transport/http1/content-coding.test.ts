/** Answers that are compressed although identity was asked. */
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
import { aWhile, begin, call, transportForTest, until } from '../../tools/transport/call.ts'
import { always, type Peer, scriptedServer } from '../../tools/transport/scripted-server.ts'

const answer = (coding: string, body: Buffer, more = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n${more}\r\n${body.toString('latin1')}`

const TEXT = 'Grüße. '.repeat(20_000)
const LATIN1 = Buffer.from(TEXT).toString('latin1')

describe('an answer that is compressed', () => {
  it.each([
    ['gzip', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['GZIP', gzipSync(TEXT)],
    ['gzip', Buffer.concat([gzipSync(TEXT.slice(0, 7)), gzipSync(TEXT.slice(7))])],
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
    ['identity', Buffer.from(TEXT)],
  ])('as %s is decoded, and its headers no longer name the coding', async (coding, body) => {
    const server = await scriptedServer(always(answer(coding, body, 'x-own: kept\r\n')))
    const outcome = await call(transportForTest(), { origin: server.origin })
    expect(outcome).toMatchObject({ ended: true, rawHeaders: ['x-own', 'kept'], late: 0 })
    expect(outcome.body).toBe(LATIN1)
  })

  it.each(['compress', 'gzip, br', 'constructor'])(
    'as %s passes unchanged, with the name of its coding',
    async (coding) => {
      const server = await scriptedServer(always(answer(coding, Buffer.from('coded'))))
      const { rawHeaders, body } = await call(transportForTest(), { origin: server.origin })
      expect(rawHeaders).toEqual(['content-encoding', coding, 'content-length', '5'])
      expect(body).toBe('coded')
    },
  )

  it('leaves its connection to the next one', async () => {
    const server = await scriptedServer(always(answer('gzip', gzipSync(TEXT))))
    const transport = transportForTest()
    for (let turn = 0; turn < 3; turn++)
      expect((await call(transport, { origin: server.origin })).body).toBe(LATIN1)
    expect(server.peers).toHaveLength(1)
  })

  it('and without a body ends', async () => {
    const server = await scriptedServer(always(answer('gzip', Buffer.alloc(0))))
    const outcome = await call(transportForTest(), { origin: server.origin })
    expect(outcome).toMatchObject({ ended: true, body: '' })
  })

  it('ends where its coding ends, ignoring what follows', async () => {
    const body = Buffer.concat([deflateSync('Hello'), Buffer.alloc(200_000, 'x')])
    const server = await scriptedServer(always(answer('deflate', body)))
    const transport = transportForTest()
    const outcome = await call(transport, { origin: server.origin })
    expect(outcome).toMatchObject({ body: 'Hello', ended: true, late: 0 })
    await until(() => transport.openConnections() === 0)
  })

  it('may arrive byte by byte', async () => {
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      for (const byte of answer('gzip', gzipSync('Hello'))) {
        peer.say(byte)
        await new Promise(setImmediate)
      }
    })
    expect((await call(transportForTest(), { origin: server.origin })).body).toBe('Hello')
  })

  it('is decoded as it arrives, not at its end', async () => {
    const gzip = createGzip()
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n')
      gzip.on('data', (bytes: Buffer) => peer.say(bytes.toString('latin1')))
      gzip.write('data: one\n\n')
      gzip.flush(constants.Z_SYNC_FLUSH)
    })
    const running = begin(transportForTest(), { origin: server.origin })
    await running.firstData
    expect(running.outcome).toMatchObject({ body: 'data: one\n\n', ended: false })
    gzip.destroy()
    running.abort()
  })
})

describe('an answer that cannot be decoded', () => {
  it.each([
    ['is something else', Buffer.from('{"plain":1}')],
    ['is cut', gzipSync(TEXT).subarray(0, -9)],
    ['goes wrong inside', Buffer.concat([gzipSync(TEXT).subarray(0, 30), Buffer.alloc(300)])],
  ])('since it %s fails in its own way, once', async (_, body) => {
    const server = await scriptedServer(always(answer('gzip', body)))
    const outcome = await call(transportForTest(), { origin: server.origin })
    await aWhile()
    expect(outcome).toMatchObject({ error: { failure: 'invalid_coding' }, ended: false, late: 0 })
  })

  it('after a broken connection delivers what had arrived, then the error', async () => {
    const gzip = createGzip()
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9999\r\n\r\n')
      gzip.on('data', (bytes: Buffer) => peer.say(bytes.toString('latin1')))
      gzip.write('data: one\n\n')
      gzip.flush(constants.Z_SYNC_FLUSH, () => setTimeout(() => peer.socket.destroy(), 20))
    })
    const outcome = await call(transportForTest(), { origin: server.origin })
    expect(outcome).toMatchObject({ body: 'data: one\n\n', error: { failure: 'closed' }, late: 0 })
  })
})

/** Each may be repeated for ever, and holds nothing. */
const EMPTY = {
  gzip: gzipSync(''),
  // A raw block of no bytes that is not the last one.
  zstd: Buffer.alloc(3),
  // A metadata block of no bytes.
  br: Buffer.from([0x06]),
}

describe('a body that is mostly empty', () => {
  it.each([
    ['gzip', Buffer.alloc(0), EMPTY.gzip],
    ['gzip', gzipSync('Hello'), EMPTY.gzip],
    // The header of a frame.
    ['zstd', Buffer.from('28b52ffd0058', 'hex'), EMPTY.zstd],
    // How large the window is.
    ['br', Buffer.from([0x0c]), EMPTY.br],
  ])('as endless %s fails, and its connection is closed', async (coding, first, empty) => {
    const piece = Buffer.alloc(empty.length * 4096, empty).toString('latin1')
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say(`HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\n\r\n${first.toString('latin1')}`)
      while (!peer.socket.destroyed) {
        peer.say(piece)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })
    const transport = transportForTest()
    const outcome = await call(transport, { origin: server.origin })
    expect(outcome).toMatchObject({ error: { failure: 'invalid_coding' }, ended: false, late: 0 })
    await until(() => transport.openConnections() === 0)
  })

  it('only for a while is decoded', async () => {
    const members = Buffer.alloc(EMPTY.gzip.length * 10_000, EMPTY.gzip)
    const body = Buffer.concat([members, gzipSync('Hello')])
    const server = await scriptedServer(always(answer('gzip', body)))
    const outcome = await call(transportForTest(), { origin: server.origin })
    expect(outcome).toMatchObject({ body: 'Hello', ended: true })
  })
})

describe('a small body that grows large', () => {
  const TOTAL = 256 * 1024 * 1024
  const bomb = gzipSync(Buffer.alloc(TOTAL))

  const drop = async (peer: Peer): Promise<void> => {
    await peer.request()
    peer.say(answer('gzip', bomb))
  }

  it('grows no faster than it is read, and not at all after an abort', async () => {
    const server = await scriptedServer(drop)
    const running = begin(transportForTest(), { origin: server.origin })
    await running.firstData
    running.pause()
    await aWhile()
    const held = running.outcome.body.length
    await aWhile()
    expect(running.outcome.body.length).toBe(held)
    expect(held).toBeLessThan(TOTAL / 16)
    running.resume()
    await until(() => running.outcome.body.length > held)
    running.abort()
    const given = running.outcome.body.length
    await aWhile()
    expect(running.outcome.body.length).toBe(given)
  })

  it('is received completely by a reader that pauses with every piece', async () => {
    const text = Buffer.alloc(3_000_000, 'abc')
    const server = await scriptedServer(always(answer('br', brotliCompressSync(text))))
    let length = 0
    await new Promise<void>((resolve, reject) => {
      const exchange = transportForTest().send(
        { origin: server.origin, method: 'POST', path: '/', headers: [] },
        {
          onResponse: () => exchange.pause(),
          onData(bytes) {
            length += bytes.length
            exchange.pause()
            setImmediate(() => exchange.resume())
          },
          onEnd: resolve,
          onError: reject,
        },
      )
      setImmediate(() => exchange.resume())
      setTimeout(() => exchange.resume(), 50)
    })
    expect(length).toBe(3_000_000)
  })

  it('reaches a handler that throws as its own failure', async () => {
    const server = await scriptedServer(always(answer('gzip', gzipSync(TEXT))))
    const failures = await new Promise<string>((resolve) => {
      transportForTest().send(
        { origin: server.origin, method: 'POST', path: '/', headers: [] },
        {
          onResponse: () => {},
          onData() {
            throw new Error('no')
          },
          onEnd: () => resolve('ended'),
          onError: ({ failure }) => resolve(failure),
        },
      )
    })
    expect(failures).toBe('handler_threw')
  })
})
