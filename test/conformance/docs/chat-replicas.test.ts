/** Two replicas behind nginx, with the commands and the configuration of docs/chat.md as they are written there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOf, upstreamForTest } from '../../tools/app/house.ts'
import { within } from '../../tools/app/within.ts'
import type { Served } from '../../tools/cli/serve.ts'
import { blocksOf } from '../../tools/docs/blocks.ts'
import { askSessions, startChatReplica } from '../../tools/servers/chat-replicas.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { openNginx } from '../../tools/servers/nginx.ts'
import { type PostgresServer, startPostgres } from '../../tools/servers/postgres.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { DOORS } from '../../converge/doors.ts'
import type { LogAtRest } from '../../converge/folds.ts'
import { openReader } from '../../converge/reader.ts'

const PAGE = 'docs/chat.md'
const WRITTEN = {
  database: 'postgres://sluice@10.0.0.9:5432/sluice',
  redis: 'redis://10.0.0.9:6379',
}
const WORDS = 'one two three four five six seven eight nine ten'
const LONG = { parts: [{ text: WORDS.repeat(6) }], pieces: 60, paceMs: 50 }
const ENDLESS = { ...LONG, fault: { stallAfterEvents: 20 } }

/** What the page says before `npx sluice`. */
const environment = (database: string, redis: string): Record<string, string> => {
  const command = blocksOf(PAGE).find(({ text }) => text.startsWith('DATABASE_URL='))?.text ?? ''
  const words = command.trim().split(' ')
  expect(words.splice(-2)).toEqual(['npx', 'sluice'])
  const pairs = words.map((word): [string, string] => {
    const [name = '', ...value] = word.split('=')
    return [name, value.join('=').replace(WRITTEN.database, database).replace(WRITTEN.redis, redis)]
  })
  return Object.fromEntries(pairs)
}

describe.runIf(withServers)('two replicas behind nginx', () => {
  let postgres: PostgresServer
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.close())

  const start = async () => {
    const upstream = await upstreamForTest()
    const redis = await startRedis()
    const env = environment(await postgres.createDatabase(), redis.url)
    const ports = [await freePort(), await freePort()] as const
    const startReplica = (port: number): Promise<Served> =>
      startChatReplica(
        {
          upstreamUrl: upstream.url,
          databaseUrl: env['DATABASE_URL'] ?? '',
          redisUrl: env['REDIS_URL'] ?? '',
        },
        port,
      )
    const replicas: Served[] = []
    for (const port of ports) replicas.push(await startReplica(port))
    const nginx = await openNginx(PAGE, ports)
    const post = (path: string, body: object, url = nginx.url) => askSessions(url, path, body)
    expect((await post('', { id: 'kitchen' })).status).toBe(201)
    const [overSocket, overEvents] = DOORS.slice(0, 2).map((door) =>
      openReader({ door, sessionId: 'kitchen', url: () => nginx.url, from: '0.0' }),
    )
    if (!overSocket || !overEvents) throw new Error('there are two')
    const readers = [overSocket, overEvents]
    const readLog = async (): Promise<LogAtRest> => {
      const { body } = await askSessions(nginx.url, '/kitchen/messages')
      const all = body['messages'] as LogAtRest['all']
      return { branch: all, all, runs: [], wasCleared: false }
    }
    const statuses = async () => (await readLog()).all.map(({ status }) => status)
    /** Both show what the log has. */
    const agree = async (): Promise<void> => {
      const log = await readLog()
      await expect.poll(() => readers.flatMap((reader) => reader.differs(log))).toEqual([])
    }
    const close = () => readers.forEach((reader) => reader.close())
    return {
      upstream,
      ports,
      replicas,
      nginx,
      startReplica,
      post,
      statuses,
      agree,
      close,
    }
  }

  it('show one session to a WebSocket and to a stream on different replicas, and either one stops it', async () => {
    const { upstream, ports, nginx, post, statuses, agree, close } = await start()
    for (const port of ports) {
      upstream.next(ENDLESS)
      const before = callsOf(upstream).length
      await post('/kitchen/messages', { content: `Stop me at ${port}.` })
      await expect.poll(() => callsOf(upstream)[before]?.bytesWritten ?? 0).toBeGreaterThan(500)
      // Whichever of them has the session: one of the two is the other one.
      const { status } = await post('/kitchen/cancel', {}, `http://127.0.0.1:${port}`)
      expect(status).toBe(200)
      await within(10_000, 'the upstream is left', callsOf(upstream)[before]!.closed)
      await expect.poll(statuses).not.toContain('running')
      expect((await statuses()).at(-1)).toBe('cancelled')
      await agree()
    }
    close()
    const at = (path: string) => nginx.portsOf(path)[0]
    await expect.poll(() => at('/ws/session/kitchen')).toBeDefined()
    await expect.poll(() => at('/api/sessions/kitchen/events')).toBeDefined()
    expect(at('/ws/session/kitchen')).not.toBe(at('/api/sessions/kitchen/events'))
  })

  it('lose nothing when one of them is killed: its client comes back through the other one', async () => {
    const { upstream, ports, replicas, startReplica, post, statuses, agree, close } = await start()
    for (const [place, port] of ports.entries()) {
      upstream.next(LONG)
      const before = callsOf(upstream).length
      await post('/kitchen/messages', { content: `While ${place} ends.` })
      await expect.poll(() => callsOf(upstream)[before]?.bytesWritten ?? 0).toBeGreaterThan(2_000)
      replicas[place]?.process.kill('SIGKILL')
      await replicas[place]?.ended
      await expect.poll(statuses).not.toContain('running')
      // It goes on, or its process was the one that is gone.
      expect((await statuses()).at(-1)).toMatch(/^(done|interrupted)$/)
      await agree()
      replicas[place] = await startReplica(port)
    }
    expect(await statuses()).toHaveLength(4)
    expect(await statuses()).toContain('interrupted')
    close()
  })
})
