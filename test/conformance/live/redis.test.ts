/** Live state in a real Redis, alone and as a node of a cluster. */
import { describe } from 'vitest'
import { createLiveStore } from '#stores'
import { freePort } from '../../tools/servers/free-port.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { describeLiveStore } from '../../tools/stores/live-conformance.ts'

const openTwo = async ({ url }: RedisServer) => {
  const [here, there] = [createLiveStore({ redisUrl: url }), createLiveStore({ redisUrl: url })]
  await Promise.all([here.ready(), there.ready()])
  return [here, there] as const
}

describe.runIf(withServers)('with servers', () => {
  describeLiveStore('a live store in Redis', async () => openTwo(await startRedis()))

  // A script that touches keys of several tags fails there.
  describeLiveStore('a live store in a node of a Redis Cluster', async () => {
    const busPort = await freePort()
    const redis = await startRedis({
      args: ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`],
    })
    await redis.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
    while (!(await redis.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) continue
    return openTwo(redis)
  })
})
