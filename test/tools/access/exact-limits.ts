/** Every kind of limit, and that exactly the allowed number of calls passes through several doors of one gateway. */
import { expect, onTestFinished } from 'vitest'
import { estimateTokens } from '#usage'
import { CHAT, chatBody, GPT } from '../app/asks.ts'
import { callsOf } from '../app/house.ts'
import { openManyCalls, runMany } from '../app/many-calls.ts'
import type { Upstream } from '../upstream/start.ts'
import { HOLDING } from './limited.ts'

/** Of each kind: 50,000 of all kinds together. */
const OPERATIONS = 5_600
const AT_ONCE = 60
const MAX = 731
const FEW = 40
const MINUTE = 60_000

const LARGE = JSON.stringify(chatBody('x'.repeat(80_000) + HOLDING, { stream: true }))

export interface LimitKind {
  readonly limits: object
  /** What is asked, by its number. */
  readonly ask?: (at: number) => object | string
  readonly keys?: readonly object[]
  readonly holds?: boolean
  readonly max?: number
  /** What passes besides, because the limit refills or its window begins anew. */
  readonly moreAfter?: (elapsedMs: number) => number
}

const streamed = (text = 'x') => chatBody(text, { stream: true })

const anewEachMinute =
  (max: number) =>
  (elapsedMs: number): number =>
    max * Math.floor(elapsedMs / MINUTE)

export const LIMIT_KINDS: readonly (readonly [string, LimitKind])[] = [
  ['calls in a window', { limits: { window_requests: MAX } }],
  [
    'streamed calls a minute',
    {
      limits: { streaming_per_minute: MAX },
      ask: () => streamed(),
      moreAfter: anewEachMinute(MAX),
    },
  ],
  [
    'calls in a bucket with a burst',
    {
      limits: { requests_per_minute: 1, burst: MAX },
      moreAfter: (elapsedMs) => Math.floor(elapsedMs / MINUTE),
    },
  ],
  [
    'tokens a minute',
    {
      limits: { tokens_per_minute: estimateTokens(LARGE.length) * FEW },
      ask: () => LARGE,
      holds: true,
      max: FEW,
      moreAfter: (elapsedMs) => Math.floor((elapsedMs * FEW) / MINUTE),
    },
  ],
  [
    'streams at a time',
    { limits: { concurrent_streams: FEW }, ask: () => streamed(HOLDING), holds: true, max: FEW },
  ],
  ['calls of an address', { limits: { by_ip: { window_requests: MAX } } }],
  [
    'calls of an owner with two keys',
    {
      limits: { by_owner: { window_requests: MAX } },
      keys: [
        { key: 'key-of-ann', owner: 'ann' },
        { key: 'key-of-bob', owner: 'ann' },
      ],
    },
  ],
  [
    'calls of a model, under each of its names',
    {
      limits: { models: { [GPT]: { window_requests: MAX } } },
      ask: (at) => chatBody('x', { model: [GPT, `openai/${GPT}`, 'mine'][at % 3] }),
    },
  ],
  [
    'the least of all of them',
    {
      limits: {
        window_requests: MAX + 40,
        requests_per_minute: 1,
        burst: MAX + 60,
        tokens_per_minute: 100_000_000,
        concurrent_streams: 10_000,
        models: { 'gpt-*': { window_requests: MAX } },
        by_ip: { window_requests: MAX + 20 },
      },
      ask: (at) => (at % 4 === 0 ? streamed() : chatBody()),
    },
  ],
]

/** Fields of sluice.yaml. */
export const toLimitedFile = ({ limits, keys }: LimitKind): object => ({
  keys: keys ?? [{ key: 'key-of-ann' }],
  // What the shared state did not count does not pass.
  limits: { ...limits, on_store_failure: 'refuse' },
  aliases: { mine: `openai/${GPT}` },
})

/** @param urls two of the gateway. They may be one. */
export const expectExactly = async (
  kind: LimitKind,
  urls: readonly [string, string],
  upstream: Upstream,
): Promise<void> => {
  const { ask = () => chatBody(), holds = false, max = MAX, moreAfter } = kind
  const clients = urls.map(openManyCalls)
  onTestFinished(() => {
    for (const client of clients) client.close()
  })
  const keys = (kind.keys ?? [{ key: 'key-of-ann' }]) as readonly { key: string }[]

  const statuses = new Map<number, number>()
  const startedAt = performance.now()
  await runMany(OPERATIONS, AT_ONCE, async (at) => {
    const asked = ask(at)
    const body = typeof asked === 'string' ? asked : JSON.stringify(asked)
    const headers = { authorization: `Bearer ${keys[(at >> 1) % keys.length]?.key}` }
    for (;;) {
      const answered = await clients[at % 2]?.ask(CHAT, { headers, body, holds })
      const status = answered?.status ?? 0
      if (status === 503) continue
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      return
    }
  })
  const most = max + (moreAfter?.(performance.now() - startedAt) ?? 0)
  const passed = statuses.get(200) ?? 0
  expect(passed).toBeGreaterThanOrEqual(max)
  expect(passed).toBeLessThanOrEqual(most)
  expect(statuses.get(429)).toBe(OPERATIONS - passed)
  expect(callsOf(upstream)).toHaveLength(passed)
}
