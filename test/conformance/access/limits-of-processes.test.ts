/** The program twice, as two processes with one Redis: exactly the allowed number of calls passes, on every kind of limit. */
import { describe, it } from 'vitest'
import { expectExactly, LIMIT_KINDS, toLimitedFile } from '../../tools/access/exact-limits.ts'
import { upstreamForTest } from '../../tools/app/house.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { startProcesses } from '../../tools/servers/sluice-processes.ts'
import { withServers } from '../../tools/servers/with-servers.ts'

describe.runIf(withServers)('two processes of the program', () => {
  it.each(LIMIT_KINDS)('let exactly the allowed number pass: %s', async (_, kind) => {
    const redis = await startRedis()
    const upstream = await upstreamForTest()
    const [one, other] = await startProcesses(2, {
      redisUrl: redis.url,
      upstreamUrl: upstream.url,
      file: toLimitedFile(kind),
    })
    await expectExactly(kind, [one?.url ?? '', other?.url ?? ''], upstream)
  })
})
