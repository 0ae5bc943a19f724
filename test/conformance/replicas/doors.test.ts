/** The doors of processes that share a Redis: tickets of each other, and places that all of them count. */
import { describe, expect, it } from 'vitest'
import { createLiveStore } from '#stores'
import { toOthers } from '../../tools/server/chat/others.ts'
import { isType, openSession } from '../../tools/server/chat/session-client.ts'
import { bearer, startDoors } from '../../tools/server/chat/start-doors.ts'
import { refusedClient } from '../../tools/server/websocket/open-client.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { startToxicProxy } from '../../tools/servers/toxic-proxy.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { joinRedis } from '../../tools/stores/replicas/redis-replicas.ts'

const FIRST = bearer('first-key')

/** All connections of one process to Redis pass through its own proxy. */
const startProcess = async (redis: RedisServer) => {
  const proxy = await startToxicProxy(redis)
  const redisUrl = `redis://127.0.0.1:${proxy.port}`
  const slots = createLiveStore({ redisUrl })
  await slots.ready()
  const replicas = await joinRedis(redisUrl)
  const doors = await startDoors({ keys: ['first-key'], slots, others: toOthers(replicas) })
  return { ...doors, proxy }
}

describe.runIf(withServers)('with servers', () => {
  it('a ticket of one process opens a connection of another once, and no key is in Redis', async () => {
    const redis = await startRedis()
    const [here, there] = [await startProcess(redis), await startProcess(redis)]
    const { json } = await here.send('/api/tickets', { body: {}, headers: FIRST })
    const path = `/ws/session/mine?ticket=${String(json.ticket)}`
    const client = await openSession(there.url, path)
    await client.until('a greeting', isType('connected'))
    for (const { url } of [here, there]) expect((await refusedClient(url, path)).status).toBe(401)
  })

  it('sockets of a process that vanished do not count for long', async () => {
    const redis = await startRedis()
    const [here, there] = [await startProcess(redis), await startProcess(redis)]
    for (let at = 0; at < 20; at++)
      await openSession(here.url, `/ws/session/s${at}`, { headers: FIRST })
    expect((await refusedClient(there.url, '/ws/session/more', { headers: FIRST })).status).toBe(
      429,
    )
    await here.proxy.down()
    await expect
      .poll(async () => {
        try {
          await openSession(there.url, '/ws/session/more', { headers: FIRST })
          return 'opened'
        } catch {
          return 'refused'
        }
      })
      .toBe('opened')
  })
})
