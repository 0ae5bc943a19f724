/** A TCP proxy between Sluice and a server, which a test may slow down, hang, cut and lead elsewhere. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll } from 'vitest'

export interface ToxicProxy {
  readonly port: number
  /** How long each piece of an answer waits. */
  delayMs: number
  /** Where the next connections lead. */
  target: { readonly host: string; readonly port: number }
  /** Connections stay open, and new ones are accepted, but no byte passes. */
  hang(): void
  /** Bytes pass again, those that waited included. */
  pass(): void
  /** As `hang`, for the connections that are open now. Those that are opened later work. */
  abandon(): void
  /** Closes the connections that are open. */
  cut(): void
  /** Cuts, and accepts no connection. */
  down(): Promise<void>
  up(): Promise<void>
  /** How many connections it has seen. */
  readonly seen: number
}

const proxies: ToxicProxy[] = []

afterAll(async () => {
  for (const proxy of proxies) await proxy.down()
})

export const startToxicProxy = async (target: ToxicProxy['target']): Promise<ToxicProxy> => {
  const open = new Set<Socket>()
  const state = { delayMs: 0, target, hangs: false, port: 0, seen: 0 }

  const track = (socket: Socket): void => {
    open.add(socket)
    if (state.hangs) socket.pause()
    socket.on('error', () => undefined)
    socket.on('close', () => open.delete(socket))
  }

  const join = (client: Socket): void => {
    state.seen++
    const server = connect(state.target)
    for (const socket of [client, server]) track(socket)
    client.on('data', (bytes) => server.write(bytes))
    server.on('data', (bytes) => {
      if (state.delayMs === 0) client.write(bytes)
      else setTimeout(() => client.write(bytes), state.delayMs)
    })
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  }

  const server = createServer(join)
  const listen = (): Promise<void> =>
    new Promise((resolve) => {
      server.listen(state.port, '127.0.0.1', () => {
        state.port = (server.address() as AddressInfo).port
        resolve()
      })
    })
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  await listen()

  const proxy: ToxicProxy = Object.assign(state, {
    hang() {
      state.hangs = true
      for (const socket of open) socket.pause()
    },
    abandon() {
      for (const socket of open) socket.pause()
    },
    pass() {
      state.hangs = false
      for (const socket of open) socket.resume()
    },
    cut,
    down: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        cut()
      }),
    up: listen,
  })
  proxies.push(proxy)
  return proxy
}
