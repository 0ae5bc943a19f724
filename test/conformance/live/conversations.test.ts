/** Two processes share through Redis where conversations are that were balanced by load. */
import { describe, expect, it } from 'vitest'
import { createLiveStore } from '#stores'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { closeLater, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const SESSIONS = Array.from({ length: 8 }, (_, at) => `a-name-of-a-conversation-${at}`)

const CHANNEL = 'sluice:conversations'

const start = async () => {
  const redis = await startRedis()
  let answer: Answer = {}
  const first = await upstreamForTest({ reply: () => answer })
  const second = await upstreamForTest()
  const options = {
    redisUrl: redis.url,
    providers: [
      { ...openaiAt(first.url), name: 'first' },
      { ...openaiAt(second.url), name: 'second' },
    ],
    aliases: [
      {
        name: 'best',
        targets: ['first/gpt-4o', 'second/gpt-4o'],
        strategy: 'least_busy',
      },
    ],
  } as const
  const processes = [await sluiceForTest(options), await sluiceForTest(options)]
  const ask = async (at: number, session: string) => {
    const body = chatBody('x', { model: 'best', prompt_cache_key: session })
    const { status, headers } = (await processes[at]?.send(CHAT, { body })) ?? {}
    expect(status).toBe(200)
    return headers?.['x-sluice-target']
  }
  await expect.poll(() => redis.command('PUBSUB', 'NUMSUB', CHANNEL)).toContain('2')
  return { redis, ask, says: (next: Answer) => void (answer = next) }
}

describe.runIf(withServers)('two processes', () => {
  it('send a conversation to where the other one has sent it, and Redis does not learn its name', async () => {
    const { redis, ask, says } = await start()
    const listener = closeLater(createLiveStore({ redisUrl: redis.url }))
    const heard: string[] = []
    listener.subscribe('conversations', (message) => heard.push(message))
    await expect.poll(() => redis.command('PUBSUB', 'NUMSUB', CHANNEL)).toContain('3')
    says({ fault: { status: 503 } })
    for (const session of SESSIONS) expect(await ask(0, session)).toBe('second/gpt-4o')
    says({})
    await expect.poll(() => heard.length).toBe(SESSIONS.length)
    // The other process has a connection of its own.
    await new Promise((resolve) => setTimeout(resolve, 200))
    for (const session of SESSIONS) expect(await ask(1, session)).toBe('second/gpt-4o')
    expect(heard).toHaveLength(SESSIONS.length)
    expect(heard.join() + (await redis.command('KEYS', '*'))).not.toContain('a-name-of')
  })

  it('are each on their own while Redis cannot be used', async () => {
    const { redis, ask } = await start()
    await redis.stop()
    for (const session of SESSIONS)
      for (const at of [0, 1]) {
        const target = await ask(at, session)
        for (let call = 0; call < 3; call++) expect(await ask(at, session)).toBe(target)
      }
  })
})
