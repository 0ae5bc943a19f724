/** The transport against servers that follow a script: reuse, failure, backpressure, cancellation. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { begin, call, transportForTest, until } from './call.ts'
import { cutAnywhere, legalResponse } from './legal-response.ts'
import { runProgram } from './run-program.ts'
import { always, scriptedServer } from './scripted-server.ts'
import type { Peer } from './scripted-server.ts'

const ok = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`

const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

/** Long enough for what should not happen to have happened. */
const aWhile = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 100)
  })

describe('a request', () => {
  it('is written with its own headers and those that frame it', async () => {
    const seen: { head: string; body: string }[] = []
    const server = await scriptedServer(async (peer) => {
      for (;;) {
        const { head, body } = await peer.request()
        seen.push({ head, body: body.toString() })
        peer.say(ok(''))
      }
    })
    const transport = transportForTest()
    const { origin } = server
    const host = `host: 127.0.0.1:${server.port}\r\nconnection: keep-alive\r\n`
    await call(transport, {
      origin,
      path: '/v1/messages?beta=true',
      headers: ['X-Api-Key', 'k', 'accept', '*/*'],
      body: [Buffer.from('{"a":1}')],
    })
    await call(transport, { origin, path: '/empty' })
    await call(transport, { origin, method: 'GET', path: '/v1/models' })
    await call(transport, { origin, method: 'DELETE', path: '/x', body: [new Uint8Array(2)] })
    expect(seen).toEqual([
      {
        head: `POST /v1/messages?beta=true HTTP/1.1\r\n${host}X-Api-Key: k\r\naccept: */*\r\ncontent-length: 7\r\n\r\n`,
        body: '{"a":1}',
      },
      { head: `POST /empty HTTP/1.1\r\n${host}content-length: 0\r\n\r\n`, body: '' },
      { head: `GET /v1/models HTTP/1.1\r\n${host}\r\n`, body: '' },
      { head: `DELETE /x HTTP/1.1\r\n${host}content-length: 2\r\n\r\n`, body: '\0\0' },
    ])
  })

  it.each([
    ['a name with a line in it', { headers: ['a\r\nb', 'c'] }],
    ['an empty name', { headers: ['', 'c'] }],
    ['a value with a line in it', { headers: ['a', 'b\r\nc: d'] }],
    ['a value with LF', { headers: ['a', 'b\nc'] }],
    ['a value with NUL', { headers: ['a', 'b\0c'] }],
    ['a value that is not latin1', { headers: ['a', '\u2603'] }],
    ['a name without a value', { headers: ['a'] }],
    ['a second length', { headers: ['Content-Length', '5'] }],
    ['another host', { headers: ['HOST', 'x'] }],
    ['a coding', { headers: ['transfer-encoding', 'chunked'] }],
    ['a path with a line in it', { path: '/a HTTP/1.1\r\nb: c\r\n\r\n' }],
    ['a path with a blank', { path: '/a b' }],
    ['a path with a character that is no byte', { path: '/\u2603' }],
    ['a path that is a URL', { path: 'http://other/' }],
    ['an empty path', { path: '' }],
    ['a timeout that is none', { connectTimeoutMs: Number.NaN }],
    ['a scheme that is not HTTP', { origin: 'ftp://localhost' }],
    ['an origin with a path', { origin: 'http://localhost/v1' }],
    ['an origin with a password', { origin: 'http://a:b@localhost' }],
    ['an origin that is no URL', { origin: 'localhost' }],
  ])('is refused outright with %s', (_, wrong) => {
    const transport = transportForTest()
    expect(() => begin(transport, { origin: 'http://127.0.0.1:9', ...wrong })).toThrow(TypeError)
    expect(transport.openConnections()).toBe(0)
  })

  it('does not quote a secret when it is refused', () => {
    const transport = transportForTest()
    const headers = ['authorization', 'Bearer secret\n']
    let message = ''
    try {
      begin(transport, { origin: 'http://127.0.0.1:9', headers })
    } catch (error) {
      message = String(error)
    }
    expect(message).toContain('authorization')
    expect(message).not.toContain('secret')
  })

  it('keeps every byte, both ways', async () => {
    const server = await scriptedServer(async (peer) => {
      const { body } = await peer.request()
      peer.say(`HTTP/1.1 200 OK\r\nx-name: caf\u00e9\r\ncontent-length: ${body.length}\r\n\r\n`)
      peer.socket.write(body)
    })
    const body = Buffer.from([...Array.from({ length: 256 }).keys(), ...Buffer.from('ünï€😀')])
    const outcome = await call(transportForTest(), { origin: server.origin, body: [body] })
    expect(Buffer.from(outcome.body, 'latin1').equals(body)).toBe(true)
    expect(outcome.rawHeaders[1]).toBe('caf\u00e9')
  })

  it.each(['length', 'chunked', 'close'])('carries ten megabytes both ways, by %s', async (how) => {
    const body = Buffer.alloc(10_000_000)
    for (let index = 0; index < body.length; index += 997) body[index] = index % 256
    const server = await scriptedServer(async (peer) => {
      const received = (await peer.request()).body
      if (how === 'length')
        peer.say(`HTTP/1.1 200 OK\r\ncontent-length: ${received.length}\r\n\r\n`)
      else if (how === 'close') peer.say('HTTP/1.1 200 OK\r\n\r\n')
      else peer.say(`${CHUNKED}${received.length.toString(16)}\r\n`)
      peer.socket.write(received)
      if (how === 'chunked') peer.say('\r\n0\r\n\r\n')
      if (how === 'close') peer.socket.end()
    })
    const outcome = await call(transportForTest(), { origin: server.origin, body: [body] })
    expect(outcome.ended).toBe(true)
    expect(Buffer.from(outcome.body, 'latin1').equals(body)).toBe(true)
  })
})

describe('an answer', () => {
  it('means what it says however the network cuts it', async () => {
    let pieces: string[] = []
    const server = await scriptedServer(async (peer) => {
      for (;;) {
        await peer.request()
        const saying = pieces
        for (const piece of saying) {
          peer.say(piece)
          await new Promise((resolve) => {
            setImmediate(resolve)
          })
        }
        if (saying.join('').includes('Connection: close')) peer.socket.end()
      }
    })
    const transport = transportForTest()
    await fc.assert(
      fc.asyncProperty(
        legalResponse().chain((answer) => fc.tuple(fc.constant(answer), cutAnywhere(answer.wire))),
        async ([answer, cut]) => {
          pieces = cut
          const outcome = await call(transport, { origin: server.origin })
          expect(outcome).toMatchObject({
            status: answer.status,
            rawHeaders: answer.rawHeaders,
            body: answer.body,
            ended: true,
            late: 0,
          })
        },
      ),
      { numRuns: 150 },
    )
  })

  it('may be announced by any number of interim ones', async () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
    const server = await scriptedServer(always(interim.repeat(3) + ok('late')))
    const transport = transportForTest()
    expect(await call(transport, { origin: server.origin })).toMatchObject({
      status: 200,
      body: 'late',
    })
    expect(await call(transport, { origin: server.origin })).toMatchObject({ body: 'late' })
    expect(server.peers).toHaveLength(1)
  })

  it('that is not HTTP closes the connection', async () => {
    const server = await scriptedServer((peer) => peer.say('220 mail ESMTP\r\n'))
    const outcome = await call(transportForTest(), { origin: server.origin })
    expect(outcome.error).toMatchObject({ failure: 'invalid_response', staleConnection: false })
    await server.closed(1)
  })

  it('that becomes ambiguous in the middle ends in an error and closes', async () => {
    const server = await scriptedServer(always(`${CHUNKED}5\r\nhello\r\nxyz\r\n`))
    const outcome = await call(transportForTest(), { origin: server.origin })
    expect(outcome).toMatchObject({ status: 200, body: '', ended: false, late: 0 })
    expect(outcome.error?.failure).toBe('invalid_response')
    await server.closed(1)
  })

  it.each([
    ['before the head', '', 'before the answer'],
    ['in the head', 'HTTP/1.1 200 OK\r\na: b', 'in the head'],
    ['after an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n', 'before the answer'],
    ['in a body of known length', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab', 'in the body'],
    ['in a chunk', `${CHUNKED}9\r\nab`, 'in the body'],
    ['between two chunks', `${CHUNKED}2\r\nab\r\n`, 'in the body'],
    ['before the trailer is whole', `${CHUNKED}2\r\nab\r\n0\r\n`, 'in the body'],
  ])('that breaks off %s is an error', async (_, said, where) => {
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.socket.end(said, 'latin1')
    })
    const transport = transportForTest()
    const outcome = await call(transport, { origin: server.origin })
    expect(outcome).toMatchObject({ ended: false, late: 0 })
    expect(outcome.error).toMatchObject({ failure: 'closed', staleConnection: false })
    expect(outcome.error?.message).toContain(where)
    expect(transport.openConnections()).toBe(0)
  })

  it.each(['HTTP/1.1 200 OK\r\n\r\nab', `${CHUNKED}9\r\nab`])(
    'that is reset in the middle of its body is an error (%j)',
    async (said) => {
      const server = await scriptedServer(async (peer) => {
        await peer.request()
        peer.say(said)
      })
      const running = begin(transportForTest(), { origin: server.origin })
      await running.firstData
      server.peers[0]?.socket.resetAndDestroy()
      const outcome = await running.done
      expect(outcome).toMatchObject({ body: 'ab', ended: false })
      expect(outcome.error).toMatchObject({ failure: 'closed', staleConnection: false })
    },
  )

  it('that comes before the request is written is given, and the connection is not used again', async () => {
    const server = await scriptedServer(async (peer) => {
      await peer.head()
      if (peer.number === 1) peer.socket.pause()
      peer.say(ok(peer.number === 1 ? 'too large' : 'fine'))
    })
    const transport = transportForTest()
    const large = await call(transport, { origin: server.origin, body: [Buffer.alloc(30_000_000)] })
    expect(large).toMatchObject({ status: 200, body: 'too large', ended: true })
    expect(await call(transport, { origin: server.origin })).toMatchObject({ body: 'fine' })
    expect(server.peers).toHaveLength(2)
    server.peers[0]?.socket.resume()
    await server.closed(1)
  })
})

describe('a connection', () => {
  it('carries a thousand requests one after the other', async () => {
    const server = await scriptedServer(async (peer) => {
      for (;;) {
        const { body } = await peer.request()
        peer.say(ok(body.toString()))
      }
    })
    const transport = transportForTest()
    for (let turn = 0; turn < 1_000; turn++) {
      const outcome = await call(transport, {
        origin: server.origin,
        body: [Buffer.from(`${turn}`)],
      })
      if (outcome.body !== `${turn}`) expect(outcome).toBe(`the answer to ${turn}`)
    }
    expect(server.peers).toHaveLength(1)
    expect(transport.openConnections()).toBe(1)
  })

  it('serves one exchange at a time; many at once have one each, and their own answers', async () => {
    const server = await scriptedServer(async (peer) => {
      for (;;) {
        const { body } = await peer.request()
        await new Promise((resolve) => {
          setTimeout(resolve, Number(body.toString()) % 7)
        })
        peer.say(ok(`for ${body.toString()}`))
      }
    })
    const transport = transportForTest()
    for (let round = 0; round < 3; round++) {
      const bodies = Array.from({ length: 200 }, (_, index) => `${round * 1_000 + index}`)
      const outcomes = await Promise.all(
        bodies.map((body) => call(transport, { origin: server.origin, body: [Buffer.from(body)] })),
      )
      expect(outcomes.map(({ body }) => body)).toEqual(bodies.map((body) => `for ${body}`))
    }
    expect(server.peers).toHaveLength(200)
    expect(transport.openConnections()).toBe(200)
  })

  it('that was idle last is used first', async () => {
    const server = await scriptedServer(async (peer) => {
      for (;;) {
        const { body } = await peer.request()
        if (body.toString() === 'slow') await aWhile()
        peer.say(ok(`by ${peer.number}`))
      }
    })
    const transport = transportForTest()
    const { origin } = server
    const slow = call(transport, { origin, body: [Buffer.from('slow')] })
    await server.peer(1)
    const quick = await call(transport, { origin })
    const { body } = await slow
    expect([body, quick.body]).toEqual(['by 1', 'by 2'])
    expect((await call(transport, { origin })).body).toBe('by 1')
  })

  it('can be taken again from within onEnd', async () => {
    const server = await scriptedServer(always(ok('x')))
    const transport = transportForTest()
    const { origin } = server
    let ends = 0
    await new Promise<void>((resolve, reject) => {
      const again = (): void => {
        transport.send(
          { origin, method: 'GET', path: '/', headers: [] },
          {
            onResponse: () => {},
            onData: () => {},
            onEnd: () => (++ends < 20 ? again() : resolve()),
            onError: reject,
          },
        )
      }
      again()
    })
    expect(server.peers).toHaveLength(1)
  })

  it.each([
    ['the server says close', ok('x', 'Connection: close\r\n')],
    ['the server speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx'],
    ['the server gives it no time', ok('x', 'keep-alive: timeout=1\r\n')],
    ['the server went on talking', `${ok('x')}HTTP/1.1 200 OK\r\n`],
    ['the server went on talking after a chunked body', `${CHUNKED}1\r\nx\r\n0\r\n\r\nHTTP/1.1`],
    ['the server sent a body where none may be', `HTTP/1.1 204 No\r\ncontent-length: 1\r\n\r\nx`],
  ])('is not used again when %s', async (_, answer) => {
    const server = await scriptedServer(always(answer))
    const transport = transportForTest()
    expect(await call(transport, { origin: server.origin })).toMatchObject({ ended: true, late: 0 })
    expect(transport.openConnections()).toBe(0)
    expect(await call(transport, { origin: server.origin })).toMatchObject({ ended: true })
    expect(server.peers).toHaveLength(2)
    await server.closed(2)
  })

  it.each([
    [
      'HTTP/1.0 with keep-alive',
      'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n',
    ],
    ['a longer timeout', ok('x', 'keep-alive: timeout=60\r\n')],
    ['304', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n'],
    ['an error with a body', 'HTTP/1.1 429 Slow\r\ncontent-length: 2\r\n\r\nno'],
    ['trailers', `${CHUNKED}1\r\nx\r\n0\r\nx-sum: 1\r\n\r\n`],
  ])('is used again after %s', async (_, answer) => {
    const server = await scriptedServer(always(answer))
    const transport = transportForTest({ keepAliveMs: 2_000 })
    await call(transport, { origin: server.origin })
    await call(transport, { origin: server.origin })
    expect(server.peers).toHaveLength(1)
  })

  it('is dropped when it hears something while idle', async () => {
    const server = await scriptedServer(always(ok('x')))
    const transport = transportForTest()
    await call(transport, { origin: server.origin })
    server.peers[0]?.say('HTTP/1.1 408 Request Timeout\r\n\r\n')
    await until(() => transport.openConnections() === 0)
    expect(await call(transport, { origin: server.origin })).toMatchObject({ body: 'x' })
    expect(server.peers).toHaveLength(2)
  })

  it.each(['end', 'resetAndDestroy'] as const)(
    'is dropped when the server closes it while idle (%s)',
    async (how) => {
      const server = await scriptedServer(always(ok('x')))
      const transport = transportForTest()
      await call(transport, { origin: server.origin })
      server.peers[0]?.socket[how]()
      await until(() => transport.openConnections() === 0)
      expect(await call(transport, { origin: server.origin })).toMatchObject({ body: 'x' })
    },
  )

  it('is given up after its idle time, and not used after it', async () => {
    const server = await scriptedServer(always(ok('x')))
    const transport = transportForTest({ keepAliveMs: 50 })
    await call(transport, { origin: server.origin })
    await aWhile()
    await call(transport, { origin: server.origin })
    expect(server.peers).toHaveLength(2)
    await until(() => transport.openConnections() === 0)
    await server.closed(2)
  })

  it('that broke on reuse before a byte of the answer says it was stale', async () => {
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say(ok('x'))
      await peer.request()
      peer.socket.resetAndDestroy()
    })
    const transport = transportForTest()
    await call(transport, { origin: server.origin })
    const { error } = await call(transport, { origin: server.origin })
    expect(error).toMatchObject({ failure: 'closed', staleConnection: true })
    expect(await call(transport, { origin: server.origin })).toMatchObject({ body: 'x' })
  })

  it('that closed on reuse before a byte of the answer says it was stale', async () => {
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say(ok('x'))
      await peer.request()
      peer.socket.end()
    })
    const transport = transportForTest()
    await call(transport, { origin: server.origin })
    const { error } = await call(transport, { origin: server.origin })
    expect(error).toMatchObject({ failure: 'closed', staleConnection: true })
  })

  it('that broke on reuse within the answer was not stale', async () => {
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say(ok('x'))
      await peer.request()
      peer.socket.end('HTTP/1.1 2')
    })
    const transport = transportForTest()
    await call(transport, { origin: server.origin })
    const { error } = await call(transport, { origin: server.origin })
    expect(error).toMatchObject({ failure: 'closed', staleConnection: false })
  })

  it('that broke on its first request was not stale', async () => {
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.socket.resetAndDestroy()
    })
    const { error } = await call(transportForTest(), { origin: server.origin })
    expect(error).toMatchObject({ failure: 'closed', staleConnection: false })
  })

  it('that is refused is a failure to connect', async () => {
    const server = await scriptedServer(() => {})
    const { origin } = server
    const refused = origin.replace(/\d+$/, '1')
    const transport = transportForTest()
    const { error } = await call(transport, { origin: refused })
    expect(error).toMatchObject({ failure: 'connect_failed', staleConnection: false })
    expect(error?.message).toBe(`cannot connect to ${refused}: ECONNREFUSED`)
    expect(transport.openConnections()).toBe(0)
  })

  it('reaches a name that has addresses of both families', async () => {
    const server = await scriptedServer(always(ok('x')))
    const outcome = await call(transportForTest(), { origin: `http://localhost:${server.port}` })
    expect(outcome.body).toBe('x')
  })

  it('reaches an address of version 6', async () => {
    const server = await scriptedServer(always(ok('x')), { host: '::1' })
    const outcome = await call(transportForTest(), { origin: server.origin })
    expect(outcome.body).toBe('x')
  })
})

/** Sends as much as the client takes, and counts what left this process. */
const flood =
  (total: number, sent: { bytes: number }) =>
  async (peer: Peer): Promise<void> => {
    await peer.request()
    peer.say(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`)
    const piece = Buffer.alloc(64 * 1024, 'x')
    for (let left = total; left > 0; left -= piece.length) {
      const part = piece.subarray(0, Math.min(left, piece.length))
      await new Promise<void>((resolve, reject) => {
        peer.socket.write(part, (error) => (error ? reject(error) : resolve()))
      })
      sent.bytes += part.length
    }
  }

const standstill = async (sent: { bytes: number }): Promise<number> => {
  let before = -1
  while (before !== sent.bytes) {
    before = sent.bytes
    await aWhile()
    await aWhile()
  }
  return before
}

describe('pause', () => {
  const TOTAL = 64 * 1024 * 1024

  it('stops the sender, and resume lets everything through', async () => {
    const sent = { bytes: 0 }
    const server = await scriptedServer(flood(TOTAL, sent))
    const running = begin(transportForTest(), { origin: server.origin })
    await running.firstData
    running.pause()
    const held = await standstill(sent)
    expect(held).toBeLessThan(TOTAL / 3)
    const { reads } = running.outcome
    await aWhile()
    expect(running.outcome.reads).toBe(reads)
    running.resume()
    const outcome = await running.done
    expect(outcome.ended).toBe(true)
    expect(outcome.body.length).toBe(TOTAL)
  })

  it('before the connection stands holds the answer back, too', async () => {
    const sent = { bytes: 0 }
    const server = await scriptedServer(flood(TOTAL, sent))
    const running = begin(transportForTest(), { origin: server.origin })
    running.pause()
    expect(await standstill(sent)).toBeLessThan(TOTAL / 3)
    expect(running.outcome).toMatchObject({ status: undefined, reads: 0 })
    running.resume()
    expect((await running.done).body.length).toBe(TOTAL)
  })

  it('from within onData, with resume later, loses nothing', async () => {
    const server = await scriptedServer(flood(3_000_000, { bytes: 0 }))
    let length = 0
    await new Promise<void>((resolve, reject) => {
      const exchange = transportForTest().send(
        { origin: server.origin, method: 'POST', path: '/', headers: [] },
        {
          onResponse: () => {},
          onData: (bytes) => {
            length += bytes.length
            exchange.pause()
            setImmediate(() => exchange.resume())
          },
          onEnd: resolve,
          onError: reject,
        },
      )
    })
    expect(length).toBe(3_000_000)
  })

  it('that outlasts its exchange does not stop the next on the connection', async () => {
    const server = await scriptedServer(always(ok('x')))
    const transport = transportForTest()
    let exchange = begin(transport, { origin: server.origin })
    await exchange.answered
    exchange.pause()
    await exchange.done
    exchange = begin(transport, { origin: server.origin })
    expect(await exchange.done).toMatchObject({ body: 'x' })
    expect(server.peers).toHaveLength(1)
  })

  it('in the read that ends an answer leaves the connection able to read', async () => {
    const server = await scriptedServer(always(ok('x')))
    const transport = transportForTest()
    for (let turn = 0; turn < 3; turn++)
      await new Promise<void>((resolve, reject) => {
        const exchange = transport.send(
          { origin: server.origin, method: 'POST', path: '/', headers: [] },
          {
            onResponse: () => exchange.pause(),
            onData: () => {},
            onEnd: resolve,
            onError: reject,
          },
        )
      })
    expect(server.peers).toHaveLength(1)
    server.peers[0]?.socket.end()
    await until(() => transport.openConnections() === 0)
  })
})

describe('abort', () => {
  it('before the connection stands leaves no trace', async () => {
    const server = await scriptedServer(() => {})
    const transport = transportForTest()
    const running = begin(transport, { origin: server.origin })
    running.abort()
    expect(transport.openConnections()).toBe(0)
    await aWhile()
    expect(running.outcome.late).toBe(0)
    await Promise.all(server.peers.map(({ closed }) => closed))
  })

  it.each([
    ['while the answer is awaited', ''],
    ['in the head', 'HTTP/1.1 200 OK\r\na: '],
    ['in a body of known length', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nab'],
    ['in a chunk', `${CHUNKED}9\r\nab`],
    ['in a body that closing ends', 'HTTP/1.1 200 OK\r\n\r\nab'],
  ])('%s closes the connection at once, and says nothing', async (_, said) => {
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say(said)
    })
    const transport = transportForTest()
    const running = begin(transport, { origin: server.origin })
    const peer = await server.peer(1)
    await (said.includes('ab') ? running.firstData : aWhile())
    running.abort()
    expect(transport.openConnections()).toBe(0)
    await peer.closed
    await aWhile()
    expect(running.outcome).toMatchObject({ late: 0, ended: false, error: undefined })
  })

  it('while the request is being written', async () => {
    const server = await scriptedServer(async (peer) => {
      await peer.head()
      peer.socket.pause()
    })
    const transport = transportForTest()
    const running = begin(transport, { origin: server.origin, body: [Buffer.alloc(30_000_000)] })
    const peer = await server.peer(1)
    await aWhile()
    running.abort()
    expect(transport.openConnections()).toBe(0)
    peer.socket.resume()
    await peer.closed
    expect(running.outcome.late).toBe(0)
  })

  it('while paused', async () => {
    const sent = { bytes: 0 }
    const server = await scriptedServer(flood(64 * 1024 * 1024, sent))
    const running = begin(transportForTest(), { origin: server.origin })
    await running.firstData
    running.pause()
    await aWhile()
    running.abort()
    await server.closed(1)
    expect(running.outcome.late).toBe(0)
  })

  it.each(['onResponse', 'onData'] as const)('from within %s is the last call', async (where) => {
    const server = await scriptedServer(always(`${CHUNKED}2\r\nab\r\n0\r\n\r\n`))
    const transport = transportForTest()
    const calls: string[] = []
    const exchange = transport.send(
      { origin: server.origin, method: 'POST', path: '/', headers: [] },
      {
        onResponse: () => {
          calls.push('onResponse')
          if (where === 'onResponse') exchange.abort()
        },
        onData: () => {
          calls.push('onData')
          exchange.abort()
        },
        onEnd: () => calls.push('onEnd'),
        onError: () => calls.push('onError'),
      },
    )
    await server.closed(1)
    expect(calls.at(-1)).toBe(where)
    expect(transport.openConnections()).toBe(0)
  })

  it('after the end does not touch the next exchange', async () => {
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say(ok('first'))
      await peer.request()
      await aWhile()
      peer.say(ok('second'))
    })
    const transport = transportForTest()
    const first = begin(transport, { origin: server.origin })
    await first.done
    const second = call(transport, { origin: server.origin })
    first.abort()
    first.pause()
    expect(await second).toMatchObject({ body: 'second' })
  })

  it('a thousand times leaves no connection on either side', async () => {
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say(`${CHUNKED}2\r\nab\r\n`)
    })
    const transport = transportForTest()
    for (let round = 0; round < 20; round++) {
      const running = Array.from({ length: 50 }, () => begin(transport, { origin: server.origin }))
      await Promise.all(running.map(({ firstData }) => firstData))
      for (const { abort } of running) abort()
    }
    expect(transport.openConnections()).toBe(0)
    expect(server.peers).toHaveLength(1_000)
    await Promise.all(server.peers.map(({ closed }) => closed))
  })
})

describe('a handler that throws', () => {
  it.each(['onResponse', 'onData', 'onEnd'] as const)(
    'in %s hears of it, and the pool lives on',
    async (where) => {
      const server = await scriptedServer(always(`${CHUNKED}2\r\nab\r\n0\r\n\r\n`))
      const transport = transportForTest()
      const thrown = new Error('a mistake')
      const throwIn = (name: string) => (): void => {
        if (name === where) throw thrown
      }
      const error = await new Promise((resolve) => {
        transport.send(
          { origin: server.origin, method: 'POST', path: '/', headers: [] },
          {
            onResponse: throwIn('onResponse'),
            onData: throwIn('onData'),
            onEnd: throwIn('onEnd'),
            onError: resolve,
          },
        )
      })
      expect(error).toMatchObject({ failure: 'handler_threw', cause: thrown })
      expect(transport.openConnections()).toBe(0)
      expect(await call(transport, { origin: server.origin })).toMatchObject({ body: 'ab' })
    },
  )
})

describe('a handler that throws in onError', () => {
  it('is heard by the process, as an uncaught exception', async () => {
    const program = `
      import { createTransport } from '#transport'
      process.on('uncaughtException', ({ message }) => {
        console.log(message)
        process.exit(0)
      })
      createTransport().send(
        { origin: 'http://127.0.0.1:1', method: 'GET', path: '/', headers: [] },
        {
          onResponse: () => {},
          onData: () => {},
          onEnd: () => {},
          onError: ({ failure }) => {
            throw new Error('thrown at ' + failure)
          },
        },
      )
    `
    expect(await runProgram(program)).toBe('thrown at connect_failed')
  })
})

describe('a process', () => {
  it('stays for an answer on a used connection, and not for an idle one', async () => {
    const server = await scriptedServer(async (peer) => {
      for (;;) {
        await peer.request()
        await aWhile()
        peer.say(ok('x', 'keep-alive: timeout=600\r\n'))
      }
    })
    const program = `
      import { createTransport } from '#transport'
      const transport = createTransport()
      const send = (onEnd) =>
        transport.send(
          { origin: process.argv[1], method: 'GET', path: '/', headers: [] },
          { onResponse: () => {}, onData: () => {}, onEnd, onError: console.log },
        )
      send(() => send(() => console.log('twice')))
    `
    expect(await runProgram(program, [server.origin])).toBe('twice')
    await server.closed(1)
    expect(server.peers).toHaveLength(1)
  })
})

describe('close', () => {
  it('closes what is idle at once and what is busy when it is done', async () => {
    const server = await scriptedServer(async (peer) => {
      for (;;) {
        const { body } = await peer.request()
        if (body.length > 0) await aWhile()
        peer.say(ok(`${peer.number}`))
      }
    })
    const transport = transportForTest()
    const { origin } = server
    const busy = call(transport, { origin, body: [Buffer.from('slow')] })
    await server.peer(1)
    await call(transport, { origin })
    expect(transport.openConnections()).toBe(2)
    const closed = transport.close()
    expect(transport.openConnections()).toBe(1)
    expect(await busy).toMatchObject({ body: '1', ended: true })
    await closed
    expect(transport.openConnections()).toBe(0)
    await Promise.all(server.peers.map((peer) => peer.closed))
  })

  it('refuses what comes after it, and not from within send', async () => {
    const transport = transportForTest()
    await transport.close()
    const running = begin(transport, { origin: 'http://127.0.0.1:9' })
    expect(running.outcome.error).toBeUndefined()
    expect((await running.done).error?.failure).toBe('connect_failed')
    const aborted = begin(transport, { origin: 'http://127.0.0.1:9' })
    aborted.abort()
    await aWhile()
    expect(aborted.outcome.late).toBe(0)
  })
})
