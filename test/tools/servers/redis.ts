/** A real redis-server for the tests of a file. */
import { afterAll } from 'vitest'
import { openRedis, type RedisServer, type RedisSettings } from './redis-server.ts'

export type { RedisServer, RedisSettings } from './redis-server.ts'

const started: Awaited<ReturnType<typeof openRedis>>[] = []

afterAll(() => {
  for (const server of started) server.close()
})

export const startRedis = async (settings: RedisSettings = {}): Promise<RedisServer> => {
  const server = await openRedis(settings)
  started.push(server)
  return server
}
