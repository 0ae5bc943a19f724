/** Requests and answers through the transport, against servers that follow a script. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { begin, call, transportForTest } from '../tools/transport/call.ts'
import { cutAnywhere, legalResponse } from '../tools/transport/legal-response.ts'
import { CHUNKED, ok } from '../tools/transport/plain-answers.ts'
import { always, scriptedServer } from '../tools/transport/scripted-server.ts'

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

  it('keeps every byte, in both directions', async () => {
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
  it('has the same meaning however the network splits it', async () => {
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

  it('that arrives before the request is written is delivered, and the connection is not reused', async () => {
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
