/** TLS to upstreams: always verified, by the authorities that Node trusts and those added to them. */
import { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { begin, call, transportForTest } from '../tools/transport/call.ts'
import { createPrivateCa } from '../tools/transport/private-ca.ts'
import type { PrivateCa } from '../tools/transport/private-ca.ts'
import { runProgram } from '../tools/transport/run-program.ts'
import { always, scriptedServer } from '../tools/transport/scripted-server.ts'
import type { ScriptedServer } from '../tools/transport/scripted-server.ts'

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

let authority: PrivateCa

beforeAll(() => {
  authority = createPrivateCa()
})

afterAll(() => authority.remove())

const tlsServer = (
  script: Parameters<typeof scriptedServer>[0] = always(OK),
): Promise<ScriptedServer> =>
  scriptedServer(script, { tls: { ...authority.server, ALPNProtocols: ['h2', 'http/1.1'] } })

const tlsOf = (server: ScriptedServer, index: number): TLSSocket => {
  const socket = server.peers[index]?.socket
  if (!(socket instanceof TLSSocket)) throw new Error('no TLS connection')
  return socket
}

describe('an https origin', () => {
  it('is reached when its authority is among those given', async () => {
    const server = await tlsServer()
    const transport = transportForTest({ ca: authority.ca })
    for (const host of ['localhost', '127.0.0.1']) {
      const origin = `https://${host}:${server.port}`
      expect(await call(transport, { origin })).toMatchObject({ body: 'ok' })
      expect(await call(transport, { origin })).toMatchObject({ body: 'ok' })
    }
    expect(server.peers).toHaveLength(2)
  })

  it('speaks HTTP/1.1 and names the host', async () => {
    const server = await tlsServer()
    const transport = transportForTest({ ca: [authority.ca] })
    await call(transport, { origin: `https://localhost:${server.port}` })
    const socket = tlsOf(server, 0)
    expect(socket.alpnProtocol).toBe('http/1.1')
    expect(Reflect.get(socket, 'servername')).toBe('localhost')
  })

  it('is not reached when its authority is unknown', async () => {
    const server = await tlsServer()
    const transport = transportForTest()
    const { error } = await call(transport, { origin: server.origin })
    expect(error).toMatchObject({ failure: 'connect_failed', staleConnection: false })
    expect(error?.message).toMatch(/^cannot connect to https:.*(CERT|SIGNATURE)/)
    expect(transport.openConnections()).toBe(0)
  })

  it('is not reached when its certificate is for another name', async () => {
    const server = await scriptedServer(always(OK), { tls: authority.stranger })
    const { error } = await call(transportForTest({ ca: authority.ca }), { origin: server.origin })
    expect(error?.failure).toBe('connect_failed')
    expect(error?.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('is not reached when it does not speak TLS', async () => {
    const server = await scriptedServer((peer) => peer.say(OK))
    const { error } = await call(transportForTest(), { origin: `https://127.0.0.1:${server.port}` })
    expect(error?.failure).toBe('connect_failed')
  })

  it('is aborted when its handshake does not end', async () => {
    const server = await scriptedServer(() => {})
    const transport = transportForTest({ connectTimeoutMs: 100 })
    const { error } = await call(transport, { origin: `https://127.0.0.1:${server.port}` })
    expect(error).toMatchObject({ failure: 'connect_timeout', staleConnection: false })
    expect(transport.openConnections()).toBe(0)
    await server.closed(1)
  })

  it('closes at once when the call is aborted during the handshake', async () => {
    const server = await scriptedServer(() => {})
    const running = begin(transportForTest(), { origin: `https://127.0.0.1:${server.port}` })
    const peer = await server.peer(1)
    running.abort()
    await peer.closed
    expect(running.outcome.late).toBe(0)
  })

  it('resumes its session on the next connection', async () => {
    const reused: boolean[] = []
    const server = await tlsServer(async (peer) => {
      await peer.request()
      reused.push(peer.socket instanceof TLSSocket && peer.socket.isSessionReused())
      peer.say(OK.replace('\r\n', '\r\nconnection: close\r\n'))
    })
    const transport = transportForTest({ ca: authority.ca })
    await call(transport, { origin: server.origin })
    await call(transport, { origin: server.origin })
    expect(reused).toEqual([false, true])
  })

  it('carries ten megabytes both ways', async () => {
    const server = await tlsServer(async (peer) => {
      const { body } = await peer.request()
      peer.say(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`)
      peer.socket.write(body)
    })
    const body = Buffer.alloc(10_000_000, 'é')
    const transport = transportForTest({ ca: authority.ca })
    const outcome = await call(transport, { origin: server.origin, body: [body] })
    expect(Buffer.from(outcome.body, 'latin1').equals(body)).toBe(true)
  })

  it('is slowed by pause and loses nothing', async () => {
    const total = 64 * 1024 * 1024
    let sent = 0
    const server = await tlsServer(async (peer) => {
      await peer.request()
      peer.say(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`)
      const piece = Buffer.alloc(64 * 1024, 'x')
      for (; sent < total; sent += piece.length)
        await new Promise((resolve) => {
          peer.socket.write(piece, resolve)
        })
    })
    const running = begin(transportForTest({ ca: authority.ca }), { origin: server.origin })
    await running.firstData
    running.pause()
    let before = -1
    while (before !== sent) {
      before = sent
      await new Promise((resolve) => {
        setTimeout(resolve, 200)
      })
    }
    expect(sent).toBeLessThan(total / 3)
    running.resume()
    expect((await running.done).body.length).toBe(total)
  })

  it('closes when the call is aborted in the body', async () => {
    const server = await tlsServer(async (peer) => {
      await peer.request()
      peer.say('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab')
    })
    const running = begin(transportForTest({ ca: authority.ca }), { origin: server.origin })
    await running.firstData
    running.abort()
    await server.closed(1)
    expect(running.outcome.late).toBe(0)
  })

  it('that breaks on reuse before a byte of the answer was stale', async () => {
    const server = await tlsServer(async (peer) => {
      await peer.request()
      peer.say(OK)
      await peer.request()
      peer.socket.destroy()
    })
    const transport = transportForTest({ ca: authority.ca })
    await call(transport, { origin: server.origin })
    const { error } = await call(transport, { origin: server.origin })
    expect(error).toMatchObject({ failure: 'closed', staleConnection: true })
  })
})

const CALL = `
  import { createTransport } from '#transport'
  createTransport().send(
    { origin: process.argv[1], method: 'GET', path: '/', headers: [] },
    {
      onResponse: ({ status }) => console.log(status),
      onData: () => {},
      onEnd: () => process.exit(0),
      onError: ({ failure }) => {
        console.log(failure)
        process.exit(0)
      },
    },
  )
`

describe('the environment', () => {
  it('adds an authority by NODE_EXTRA_CA_CERTS', async () => {
    const { origin } = await tlsServer()
    const environment = { NODE_EXTRA_CA_CERTS: authority.caFile }
    expect(await runProgram(CALL, [origin], environment)).toBe('200')
    expect(await runProgram(CALL, [origin])).toBe('connect_failed')
  })

  it('cannot switch verification off', async () => {
    const { origin } = await tlsServer()
    const environment = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    expect(await runProgram(CALL, [origin], environment)).toBe('connect_failed')
  })
})
