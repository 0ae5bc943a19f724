/** Connections that are kept, used again, lost and closed, against servers that follow a script. */
import { describe, expect, it } from 'vitest'
import { aWhile, begin, call, transportForTest, until } from '../tools/transport/call.ts'
import { CHUNKED, ok } from '../tools/transport/plain-answers.ts'
import { runProgram } from '../tools/transport/run-program.ts'
import { always, scriptedServer } from '../tools/transport/scripted-server.ts'

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

  it('serves one exchange at a time; concurrent ones have one each, and their own answers', async () => {
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

  it('can be reused from within onEnd', async () => {
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

  it('is closed when it receives data while idle', async () => {
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

  it('is closed after its idle time, and not used again', async () => {
    const server = await scriptedServer(always(ok('x')))
    const transport = transportForTest({ keepAliveMs: 50 })
    await call(transport, { origin: server.origin })
    await aWhile()
    await call(transport, { origin: server.origin })
    expect(server.peers).toHaveLength(2)
    await until(() => transport.openConnections() === 0)
    await server.closed(2)
  })

  it('that broke on reuse before a byte of the answer is reported as stale', async () => {
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

  it('that closed on reuse before a byte of the answer is reported as stale', async () => {
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
  it('closes idle connections at once and busy ones when they are done', async () => {
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

  it('refuses later requests, but not from within send', async () => {
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

describe('connections to an origin that is not used any more', () => {
  it('are closed: idle ones at once, and busy ones when their exchange ends', async () => {
    const answers = async (peer: Parameters<Parameters<typeof scriptedServer>[0]>[0]) => {
      for (;;) {
        const { body } = await peer.request()
        if (body.toString() === 'slow') await aWhile()
        peer.say(ok(body.toString()))
      }
    }
    const [kept, left] = [await scriptedServer(answers), await scriptedServer(answers)]
    const transport = transportForTest()
    const ask = (origin: string, body: string) =>
      call(transport, { origin, body: [Buffer.from(body)] })
    const slow = ask(left.origin, 'slow')
    await Promise.all([ask(kept.origin, 'one'), ask(left.origin, 'two')])
    expect(transport.openConnections()).toBe(3)

    transport.keepOnly(new Set([kept.origin]))
    expect(transport.openConnections()).toBe(2)
    expect((await slow).body).toBe('slow')
    await until(() => transport.openConnections() === 1)
    // A call that began before may still turn to it.
    expect((await ask(left.origin, 'three')).body).toBe('three')
    await until(() => transport.openConnections() === 1)

    transport.keepOnly(new Set([left.origin]))
    await until(() => transport.openConnections() === 0)
    await ask(left.origin, 'four')
    expect(transport.openConnections()).toBe(1)
  })
})
