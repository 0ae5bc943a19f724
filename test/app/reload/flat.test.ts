/** Two hundred reloads under load drop no stream, and leave nothing behind. */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  responsesBody,
} from '../../tools/app/asks.ts'
import { sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { checkChatStream, checkMessagesStream } from '../../tools/checkers/index.ts'
import { type FrameJson, openClient } from '../../tools/server/websocket/open-client.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const RELOADS = 200
const WARM_UP = 40
const AT_ONCE = 4
/** Enough for what Node and the tests themselves keep. A generation alone is larger than its part of it. */
const MOST_GROWN_BYTES = 3_000_000
const MOST_GROWN = 8

/** Secrets are removed from the log for a moment longer than a call lasts. */
const REST_MS = 6_000

const filesOpen = (): number => {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}

const countOf = (kind: string): number =>
  process.getActiveResourcesInfo().filter((each) => each === kind).length

const measure = async () => {
  for (let round = 0; round < 5; round++) {
    collectGarbage()
    await sleep(20)
  }
  return {
    heap: process.memoryUsage().heapUsed,
    files: filesOpen(),
    timers: countOf('Timeout'),
    sockets: countOf('TCPSocketWrap') + countOf('TCPServerWrap'),
    listeners: process.listenerCount('exit') + process.listenerCount('SIGHUP'),
  }
}

it('is flat, and every call has one configuration', async () => {
  const SLOW = { parts: [{ text: 'one two three four' }], pieces: 4, paceMs: 10 }
  const upstreams = [
    await upstreamForTest({ reply: () => SLOW, keys: { openai: null, anthropic: null } }),
    await upstreamForTest({ reply: () => SLOW, keys: { openai: null, anthropic: null } }),
  ] as const
  /** The number of a configuration is in each of its parts. */
  const configuration = (at: number) => {
    const { url } = upstreams[at % 2] ?? upstreams[0]
    const model = GPT
    return {
      providers: [
        { ...openaiAt(url), name: `openai-${at}`, apiKey: `sk-openai-${at}` },
        { ...anthropicAt(url), name: `anthropic-${at}`, apiKey: `sk-anthropic-${at}` },
      ],
      aliases: [
        { name: 'mine', targets: [`openai-${at}/${model}`] },
        { name: 'theirs', targets: [`anthropic-${at}/${CLAUDE}`] },
      ],
      keys: ['key-that-stays', `key-of-${at}`],
      adminKeys: ['sk-admin-0123456789'],
      callerLimits: { everyCaller: { requestsPerMinute: 1_000_000 + at } },
    }
  }
  const sluice = await sluiceForTest({ ...configuration(0), logLevel: 'error' })
  const headers = { authorization: 'Bearer key-that-stays' }
  const client = await openClient(sluice.url, '/v1/responses', { headers })
  let isLoaded = false
  let calls = 0
  const faults: string[] = []

  const call = async (at: number): Promise<void> => {
    const isChat = at % 2 === 0
    const body = isChat
      ? chatBody('hello', { stream: true, model: 'mine' })
      : messagesBody('hello', { stream: true, model: 'theirs' })
    const answer = await sluice.send(isChat ? CHAT : MESSAGES, { body, headers })
    faults.push(...(isChat ? checkChatStream : checkMessagesStream)(answer.bytes))
    if (answer.status !== 200 || answer.broken) faults.push(`${answer.status}: ${answer.text}`)
    calls++
  }
  const load = async (first: number): Promise<void> => {
    for (let at = first; isLoaded; at += AT_ONCE) await call(at)
  }
  /** One turn after another, on a socket that stays. */
  const converse = async (): Promise<void> => {
    while (isLoaded) {
      client.frames.length = 0
      client.send(responsesBody('hello', { model: 'mine' }))
      const ended = ({ type }: FrameJson) => type === 'response.completed' || type === 'error'
      const { type } = await client.until('the end of a turn', ended)
      if (type === 'error') faults.push('a turn of the socket failed')
    }
  }
  const reloadTo = async (first: number, end: number): Promise<void> => {
    for (let at = first; at < end; at++) {
      const ended = calls
      await sluice.reload(configuration(at))
      await eventually('a call ends', () => calls > ended)
    }
  }

  /** The key that an upstream was sent is one of the configuration that names this upstream. */
  const checkKeys = (): void => {
    for (const [at, upstream] of upstreams.entries()) {
      for (const { headers: sent, method } of upstream.calls) {
        const key = String(sent.authorization ?? sent['x-api-key'])
        const number = Number(/sk-(?:openai|anthropic)-(\d+)$/.exec(key)?.[1])
        if (number % 2 !== at) faults.push(`${method} with ${key} at upstream ${at}`)
      }
      upstream.calls.length = 0
    }
  }

  /** Then it rests for as long as anything of the calls may be kept. */
  const reloadUnderLoad = async (first: number, end: number) => {
    isLoaded = true
    const loads = Array.from({ length: AT_ONCE }, (_, at) => load(at))
    const work = Promise.all([converse(), ...loads])
    await reloadTo(first, end)
    isLoaded = false
    await work
    checkKeys()
    await sleep(REST_MS)
    return measure()
  }

  const before = await reloadUnderLoad(1, WARM_UP)
  const after = await reloadUnderLoad(WARM_UP, WARM_UP + RELOADS)

  expect(faults).toEqual([])
  expect(calls).toBeGreaterThan(RELOADS)
  expect(client.socket.readyState).toBe(client.socket.OPEN)
  expect(after.heap - before.heap).toBeLessThan(MOST_GROWN_BYTES)
  expect(after.files - before.files).toBeLessThanOrEqual(MOST_GROWN)
  expect(after.timers - before.timers).toBeLessThanOrEqual(MOST_GROWN)
  expect(after.sockets - before.sockets).toBeLessThanOrEqual(MOST_GROWN)
  expect(after.listeners).toBe(before.listeners)
  client.socket.terminate()
}, 180_000)
