/** Exchanges that end early, against servers that follow a script. */
import { describe, expect, it } from 'vitest'
import { aWhile, begin, call, transportForTest } from '../tools/transport/call.ts'
import { CHUNKED, flood, ok } from '../tools/transport/plain-answers.ts'
import { runProgram } from '../tools/transport/run-program.ts'
import { always, scriptedServer } from '../tools/transport/scripted-server.ts'

describe('abort', () => {
  it('before the connection is open leaves no trace', async () => {
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
  ])('%s closes the connection at once, without a callback', async (_, said) => {
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
    'in %s receives it, and the pool continues to work',
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
  it('reaches the process, as an uncaught exception', async () => {
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
