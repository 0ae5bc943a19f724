/** The way out of the machine: a proxy that refuses every request and records it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Outside = {
  /** Variables that lead a client here for everything that is not on this machine. */
  env: Record<string, string>
  /** The hosts that were asked for, each once. */
  hosts: () => string[]
  close: () => Promise<void>
}

export const startOutside = async (): Promise<Outside> => {
  const hosts = new Set<string>()
  const server = createServer((request, response) => {
    hosts.add(new URL(request.url ?? '/', 'http://unknown').host)
    response.writeHead(403).end()
  })
  server.on('connect', (request, socket) => {
    hosts.add(request.url ?? 'unknown')
    socket.on('error', () => socket.destroy())
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    env: {
      HTTP_PROXY: url,
      HTTPS_PROXY: url,
      http_proxy: url,
      https_proxy: url,
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
    },
    hosts: () => [...hosts].toSorted(),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
