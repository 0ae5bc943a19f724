/** The program with two workers, and no Redis: exactly the allowed number of calls passes, on every kind of limit. */
import { describe, it } from 'vitest'
import { expectExactly, LIMIT_KINDS, toLimitedFile } from '../../tools/access/exact-limits.ts'
import { upstreamForTest } from '../../tools/app/house.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { startCrew } from '../../tools/workers/crew.ts'

describe.runIf(withServers)('two workers', () => {
  it.each(LIMIT_KINDS)('let exactly the allowed number pass: %s', async (_, kind) => {
    const upstream = await upstreamForTest()
    const { url } = await startCrew({ upstreamUrl: upstream.url, file: toLimitedFile(kind) })
    await expectExactly(kind, [url, url], upstream)
  })
})
