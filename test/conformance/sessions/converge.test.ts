/** Whatever happens, and whenever Redis is flushed, at rest every reader has the messages that are stored. */
import { it } from 'vitest'
import { createSessionStore, createStreamedStore } from '#chat'
import { createLogStreams, createRows } from '#stores'
import { toConverging } from '../../tools/chat/converging.ts'
import { expectConverging } from '../../tools/chat/expect-converging.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'

it.runIf(withServers)('sessions with their events in Redis converge', async () => {
  const redis = await startRedis()
  await expectConverging(async () => {
    await redis.command('FLUSHALL')
    const rows = createRows()
    const streams = createLogStreams({ redisUrl: redis.url })
    return toConverging({
      store: createStreamedStore(createSessionStore(rows), streams),
      lose: async () => void (await redis.command('FLUSHALL')),
      async close() {
        await Promise.all([rows.close(), streams.close()])
      },
    })
  }, 40)
})
