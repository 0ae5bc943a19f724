/** A running Sluice with its live state in Redis. */
import { describe, expect, it } from 'vitest'
import { sluiceForTest } from '../../tools/app/house.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'

describe.runIf(withServers)('a running Sluice', () => {
  it('is connected to Redis until it is drained', async () => {
    const redis = await startRedis()
    const sluice = await sluiceForTest({ redisUrl: redis.url })
    expect(await redis.command('CLIENT', 'LIST')).toContain('name=sluice ')
    await sluice.close()
    expect(await redis.command('CLIENT', 'LIST')).not.toContain('name=sluice')
  })

  it('starts without Redis, and its log does not have the password', async () => {
    const redisUrl = `redis://:the-secret-word@127.0.0.1:${await freePort()}`
    const sluice = await sluiceForTest({ redisUrl, demo: {} })
    await sluice.logged(({ msg }) => msg === 'Redis cannot be used')
    const { status } = await sluice.send('/v1/chat/completions', {
      body: { model: 'demo', messages: [{ role: 'user', content: 'Hello' }] },
    })
    expect(status).toBe(200)
    expect(sluice.rawLog()).not.toContain('the-secret-word')
  })
})
