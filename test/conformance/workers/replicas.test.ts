/** Two replicas behind nginx, as docs/operating.md describes it, that are restarted one after the other under load. */
import { describe, expect, it } from 'vitest'
import { upstreamForTest } from '../../tools/app/house.ts'
import { type Served, serve } from '../../tools/cli/serve.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { startNginx } from '../../tools/servers/nginx.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { startStreamLoad } from '../../tools/workers/stream-load.ts'

const CLIENTS = 24
const KEY = 'key-of-ann'

const startReplica = (upstreamUrl: string, port: number): Promise<Served> =>
  serve({ port, upstreamUrl, file: { keys: [{ key: KEY }] } })

describe.runIf(withServers)('replicas behind nginx', () => {
  it('are restarted one after the other, and no stream is dropped', async () => {
    const upstream = await upstreamForTest()
    const ports = [await freePort(), await freePort()] as const
    const replicas = await Promise.all(ports.map((port) => startReplica(upstream.url, port)))
    const headers = { authorization: `Bearer ${KEY}` }
    const load = startStreamLoad(await startNginx(ports), CLIENTS, headers)
    for (const [at, port] of [...ports, ...ports].entries()) {
      const before = load.ended
      await expect.poll(() => load.ended - before).toBeGreaterThan(CLIENTS)
      const replica = replicas[at % 2]
      replica?.process.kill('SIGTERM')
      expect((await replica?.ended)?.code).toBe(0)
      replicas[at % 2] = await startReplica(upstream.url, port)
    }
    const before = load.ended
    await expect.poll(() => load.ended - before).toBeGreaterThan(CLIENTS)
    expect(await load.stop()).toEqual([])
  })
})
