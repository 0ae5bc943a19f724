/** Processes that share a Redis, each through a proxy of its own, so that a test can cut off one of them. */
import { expect, onTestFinished } from 'vitest'
import { createReplicas, type Replicas } from '#stores'
import { startToxicProxy, type ToxicProxy } from '../../servers/toxic-proxy.ts'
import type { RedisServer } from '../../servers/redis.ts'

export interface ProxiedReplicas {
  readonly replicas: Replicas
  readonly proxy: ToxicProxy
  /** Nothing of it reaches Redis any more, and nothing reaches it, as if it were killed. */
  vanish(): void
}

export const joinRedis = async (redisUrl: string): Promise<Replicas> => {
  const replicas = createReplicas({ redisUrl })
  if (!replicas) throw new Error('There is no Redis.')
  onTestFinished(() => replicas.close())
  await expect.poll(() => replicas.isWell).toBe(true)
  return replicas
}

export const joinThroughProxy = async (redis: RedisServer): Promise<ProxiedReplicas> => {
  const proxy = await startToxicProxy(redis)
  const replicas = await joinRedis(`redis://127.0.0.1:${proxy.port}`)
  return { replicas, proxy, vanish: () => void proxy.down() }
}
