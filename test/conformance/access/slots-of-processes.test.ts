/** The slots of streams over two processes of the program: none is left in Redis, however a stream or a process ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { headers, HOLDING, KEY } from '../../tools/access/limited.ts'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { upstreamForTest } from '../../tools/app/house.ts'
import { type ManyCalls, openManyCalls, runMany } from '../../tools/app/many-calls.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import {
  type SluiceProcess,
  startProcess,
  startProcesses,
} from '../../tools/servers/sluice-processes.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'

const SLOTS = 5

const holding = JSON.stringify(chatBody(HOLDING, { stream: true }))

const startTwo = async () => {
  const redis = await startRedis()
  const upstream = await upstreamForTest()
  const surroundings = {
    redisUrl: redis.url,
    upstreamUrl: upstream.url,
    file: {
      keys: [KEY],
      limits: { concurrent_streams: SLOTS, models: { 'gpt-*': { concurrent_streams: SLOTS } } },
      // A process that is stopped aborts its calls soon.
      server: { drain_ms: 500 },
    },
  }
  const processes = await startProcesses(2, surroundings)
  const [one, other] = processes
  if (!one || !other) throw new Error('There are not two processes.')
  return { redis, one, other, startAnother: () => startProcess(surroundings) }
}

const clientOf = ({ url }: SluiceProcess): ManyCalls => {
  const client = openManyCalls(url)
  onTestFinished(() => client.close())
  return client
}

/** Of those that ask at the same time, for streams that do not end. */
const holdMany = async (client: ManyCalls, count: number, signal?: AbortSignal) => {
  const asked = Array.from({ length: count }, () =>
    client.ask(CHAT, { headers, body: holding, holds: true, ...(signal && { signal }) }),
  )
  return (await Promise.all(asked)).map(({ status }) => status).toSorted()
}

/** What Redis knows: a slot that is free has no key. */
const heldIn = (redis: RedisServer): Promise<string> => redis.command('KEYS', 'sluice:slot:*')

const expectFree = async (redis: RedisServer, process: SluiceProcess): Promise<void> => {
  await expect.poll(() => heldIn(redis)).toBe('')
  const statuses = await holdMany(clientOf(process), SLOTS + 2)
  expect(statuses).toEqual([...Array.from({ length: SLOTS }, () => 200), 429, 429])
}

const EVENTS = [
  '[[say one two three]]',
  '[[pieces 9]][[cut 4]][[say one two three four]]',
  '[[pieces 9]][[end 4]][[say one two three four]]',
  '[[pieces 9]][[error 4]][[say one two three four]]',
  '[[reset]]',
  '[[status 500]]',
  '[[status 429]]',
  '[[html 502]]',
  '[[pieces 9]][[pace 4]][[say one two three four five six]]',
  HOLDING,
  '[[silence]]',
]

const toAsk = (at: number): readonly [path: string, body: object] => {
  const text = EVENTS[at % EVENTS.length] ?? ''
  switch (at % 6) {
    case 0:
      return [CHAT, chatBody(text, { stream: true })]
    case 1:
      return [CHAT, chatBody(text, { stream: true, model: CLAUDE })]
    case 2:
      return [MESSAGES, messagesBody(text, { stream: true })]
    case 3:
      return [MESSAGES, messagesBody(text, { stream: true, model: GPT })]
    case 4:
      return [RESPONSES, responsesBody(text, { stream: true })]
    default:
      return [RESPONSES, responsesBody(text, { stream: true, model: CLAUDE })]
  }
}

describe.runIf(withServers)('the slots of two processes', () => {
  it('are free after streams that end in every way, at any moment', async () => {
    const { redis, one, other } = await startTwo()
    const clients = [clientOf(one), clientOf(other)]
    const seen = new Set<number>()
    await runMany(400, 12, async (at) => {
      const [path, body] = toAsk(at)
      // Some leave at any moment, and none waits for ever.
      const signal = AbortSignal.timeout(at % 3 === 0 ? 1 + ((at * 7) % 60) : 700)
      const sending = { headers, body: JSON.stringify(body), signal }
      const answered = await clients[at % 2]?.ask(path, sending).catch(() => undefined)
      if (answered) seen.add(answered.status)
    })
    expect(seen).toContain(200)
    expect(seen).toContain(429)
    await expectFree(redis, one)
  })

  it('are free after turns whose sockets are closed, cancelled or cut', async () => {
    const { redis, one, other } = await startTwo()
    const frames = [
      ['/ws', { id: 'a', ...chatBody(HOLDING) }],
      ['/ws', { id: 'a', ...chatBody(HOLDING, { model: CLAUDE }) }],
      ['/v1/responses', responsesBody(HOLDING)],
      ['/v1/responses', responsesBody('[[silence]]')],
    ] as const
    await runMany(120, 6, async (at) => {
      const [path, frame] = frames[at % frames.length] ?? frames[0]
      const client = await openClient(at % 2 === 0 ? one.url : other.url, path, { headers })
      client.send(frame)
      await sleep((at * 5) % 40)
      if (at % 3 === 0 && path === '/ws') client.send({ type: 'cancel', id: 'a' })
      if (at % 3 === 1) client.socket.terminate()
      else client.socket.close()
      await client.closed
    })
    await expectFree(redis, other)
  })

  it('are free after the lease of a process that was killed, and no sooner', async () => {
    const { redis, one, other } = await startTwo()
    const survivor = clientOf(other)
    expect(await holdMany(clientOf(one), SLOTS)).toEqual(Array.from({ length: SLOTS }, () => 200))
    // Longer than a lease: the process renews it.
    await sleep(12_000)
    expect(await holdMany(survivor, 1)).toEqual([429])
    await one.kill()
    expect(await holdMany(survivor, 1)).toEqual([429])
    const killedAt = performance.now()
    await expectFree(redis, other)
    // A lease lasts 10 s; the machine may be busy.
    expect(performance.now() - killedAt).toBeLessThan(20_000)
  })

  it('are free at once after a process that was stopped, and its successor takes them', async () => {
    const { redis, one, startAnother } = await startTwo()
    await holdMany(clientOf(one), SLOTS)
    expect(await heldIn(redis)).not.toBe('')
    expect(await one.stop()).toBe(0)
    expect(await heldIn(redis)).toBe('')
    await expectFree(redis, await startAnother())
  })
})
