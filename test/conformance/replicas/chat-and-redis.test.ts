/** Sessions that two programs share, while the Redis between them is restarted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOf, upstreamForTest } from '../../tools/app/house.ts'
import { within } from '../../tools/app/within.ts'
import { askSessions, startChatReplica } from '../../tools/servers/chat-replicas.ts'
import { type PostgresServer, startPostgres } from '../../tools/servers/postgres.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'

const RUNS = 200
const SESSIONS = 20
const ENDLESS = {
  parts: [{ text: 'one two three four five six seven eight nine ten' }],
  pieces: 10,
  fault: { stallAfterEvents: 7 },
}

describe.runIf(withServers)('two programs that share sessions', () => {
  let postgres: PostgresServer
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.close())

  const start = async () => {
    const upstream = await upstreamForTest()
    const redis = await startRedis()
    const databaseUrl = await postgres.createDatabase()
    const surroundings = { upstreamUrl: upstream.url, databaseUrl, redisUrl: redis.url }
    const first = await startChatReplica(surroundings)
    const second = await startChatReplica(surroundings)
    const connections = async (): Promise<number> =>
      (await redis.command('client', 'list')).split('\n').length
    return { upstream, redis, first: first.url, second: second.url, connections }
  }

  const isAtRest = async (url: string, id: string): Promise<boolean> => {
    const { active_run: run, queue } = (await askSessions(url, `/${id}`)).body
    return run === null && Array.isArray(queue) && queue.length === 0
  }

  it('have as many connections to Redis after many runs as before, also when it was restarted', async () => {
    const { redis, first, second, connections } = await start()
    /** Once, also if a busy machine does not answer in time. */
    let asked = 0
    const say = (url: string, id: string) => {
      const message = { content: 'Hello?', client_message_id: `question-${asked++}` }
      return expect
        .poll(async () => (await askSessions(url, `/${id}/messages`, message)).status)
        .toBeLessThan(300)
    }
    for (let at = 0; at < SESSIONS; at++) await askSessions(first, '', { id: `s${at}` })
    const play = async (runs: number): Promise<void> => {
      for (let run = 0; run < runs; run += SESSIONS)
        await Promise.all(
          Array.from({ length: SESSIONS }, async (_, at) => {
            const url = at % 2 === 0 ? first : second
            await say(url, `s${at}`)
            await expect.poll(() => isAtRest(second, `s${at}`)).toBe(true)
          }),
        )
    }
    await play(SESSIONS)
    const before = await connections()
    await play(RUNS)
    expect(await connections()).toBe(before)
    await redis.stop()
    await redis.start()
    await expect.poll(connections).toBe(before)
    await say(second, 's0')
    expect(await connections()).toBe(before)
  })

  it('stop a run for each other as soon as a Redis that was restarted in the middle of it is back', async () => {
    const { upstream, redis, first, second } = await start()
    await askSessions(first, '', { id: 'kitchen' })
    upstream.next(ENDLESS)
    await askSessions(first, '/kitchen/messages', { content: 'Hello?' })
    await expect.poll(() => callsOf(upstream)[0]?.bytesWritten ?? 0).toBeGreaterThan(0)
    await redis.stop()
    await redis.start()
    await expect
      .poll(async () => {
        const { status, body } = await askSessions(second, '/kitchen/cancel', {})
        return [status, body['run_id'] !== undefined]
      })
      .toEqual([200, true])
    await within(5_000, 'the upstream is left', callsOf(upstream)[0]!.closed)
    const { messages } = (await askSessions(second, '/kitchen/messages')).body
    expect((messages as readonly { status: string }[]).at(-1)?.status).toBe('cancelled')
  })
})
