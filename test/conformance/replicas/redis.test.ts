/** Processes that share a real Redis, alone and as a node of a cluster. */
import { describe } from 'vitest'
import type { Replicas } from '#stores'
import { freePort } from '../../tools/servers/free-port.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import {
  describeReplicas,
  type Installation,
} from '../../tools/stores/replicas/replicas-conformance.ts'
import { joinThroughProxy } from '../../tools/stores/replicas/redis-replicas.ts'

const install = async (redis: RedisServer): Promise<Installation> => {
  const ends = new Map<Replicas, () => void>()
  return {
    async join() {
      const { replicas, vanish } = await joinThroughProxy(redis)
      ends.set(replicas, vanish)
      return replicas
    },
    kill: (replicas) => ends.get(replicas)?.(),
  }
}

describe.runIf(withServers)('with servers', () => {
  describeReplicas('processes that share a Redis', async () => install(await startRedis()))

  // A script that touches keys of several tags fails there.
  describeReplicas('processes that share a node of a Redis Cluster', async () => {
    const busPort = await freePort()
    const redis = await startRedis({
      args: ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`],
    })
    await redis.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
    while (!(await redis.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) continue
    return install(redis)
  })
})
