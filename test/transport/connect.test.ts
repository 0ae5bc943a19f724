/** Sockets for a connection that begins with HTTP and continues with something else. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TransportError } from '#transport'
import { transportForTest } from '../tools/transport/call.ts'
import { createPrivateCa, type PrivateCa } from '../tools/transport/private-ca.ts'
import { scriptedServer } from '../tools/transport/scripted-server.ts'

const { signal } = new AbortController()
const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n'

let authority: PrivateCa

beforeAll(() => {
  authority = createPrivateCa()
})

afterAll(() => authority.remove())

/** Echoes what it receives, until the other side ends. */
const startEcho = (tls?: PrivateCa['server']) =>
  scriptedServer(({ socket }) => void socket.pipe(socket), tls ? { tls } : {})

const echo = async (socket: Socket, text: string): Promise<string> => {
  socket.write(text)
  socket.resume()
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return bytes.toString()
}

describe.each([false, true])('a socket (TLS: %s)', (secure) => {
  const start = () => startEcho(secure ? authority.server : undefined)

  it('is the caller’s own', async () => {
    const { origin } = await start()
    const transport = transportForTest({ ca: authority.ca })
    const socket = await transport.connect({ origin, signal })
    expect(await echo(socket, 'hello')).toBe('hello')
    expect(transport.openConnections()).toBe(0)
  })

  it.each(['http', 'https'])('passes an %s proxy by CONNECT', async (scheme) => {
    const { origin, port } = await start()
    const heads: string[] = []
    const proxy = await scriptedServer(
      async (peer) => {
        heads.push(await peer.head())
        peer.say(ESTABLISHED)
        peer.tunnelTo(port)
      },
      scheme === 'https' ? { tls: authority.server } : {},
    )
    const url = `${scheme}://localhost:${proxy.port}`
    const env = secure ? { httpsProxy: url } : { httpProxy: url }
    const socket = await transportForTest({ ca: authority.ca, env }).connect({ origin, signal })
    expect(await echo(socket, 'hello')).toBe('hello')
    expect(heads).toEqual([expect.stringMatching(`^CONNECT [^ ]+:${port} HTTP/1.1\r\n`)])
  })

  it('is not waited for longer than it may take', async () => {
    const proxy = await scriptedServer(async (peer) => {
      await peer.head()
    })
    const url = `http://127.0.0.1:${proxy.port}`
    const transport = transportForTest({ env: { httpProxy: url, httpsProxy: url } })
    const origin = `${secure ? 'https' : 'http'}://upstream.example`
    const failed = transport.connect({ origin, signal, connectTimeoutMs: 100 })
    await expect(failed).rejects.toMatchObject({ failure: 'connect_timeout' })
    await proxy.closed(1)
  })

  it('is aborted when its caller leaves', async () => {
    const proxy = await scriptedServer(async (peer) => {
      await peer.head()
    })
    const url = `http://127.0.0.1:${proxy.port}`
    const transport = transportForTest({ env: { httpProxy: url, httpsProxy: url } })
    const departure = new AbortController()
    const origin = `${secure ? 'https' : 'http'}://upstream.example`
    const failed = transport.connect({ origin, signal: departure.signal })
    await proxy.peer(1)
    departure.abort(new Error('left'))
    await expect(failed).rejects.toThrow('left')
    await proxy.closed(1)
    await expect(transport.connect({ origin, signal: departure.signal })).rejects.toThrow('left')
  })
})

it('does not trust an authority that it does not know', async () => {
  const { origin } = await startEcho(authority.server)
  const failed = transportForTest().connect({ origin, signal })
  await expect(failed).rejects.toBeInstanceOf(TransportError)
  await expect(failed).rejects.toMatchObject({ failure: 'connect_failed' })
})

it('is refused if nothing listens, and by a closed transport', async () => {
  const transport = transportForTest()
  const origin = 'http://127.0.0.1:1'
  await expect(transport.connect({ origin, signal })).rejects.toMatchObject({
    failure: 'connect_failed',
  })
  await transport.close()
  await expect(transport.connect({ origin, signal })).rejects.toThrow('closed')
})
