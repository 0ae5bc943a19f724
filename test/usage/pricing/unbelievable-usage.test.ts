/** An upstream may report anything. Nobody is charged less than nothing, and an estimate says that it is one. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type Bill, runVectors } from '../../tools/usage/cost/run-vectors.ts'
import type { CostVector } from '../../tools/usage/cost/vector.ts'

type Words = Pick<CostVector, 'vendor' | 'protocol' | 'model'> & {
  readonly input: string
  readonly output: string
}

const WORDS: readonly Words[] = [
  {
    vendor: 'openai',
    protocol: 'openai-chat',
    model: 'gpt-4o',
    input: 'prompt_tokens',
    output: 'completion_tokens',
  },
  {
    vendor: 'openai',
    protocol: 'openai-responses',
    model: 'gpt-4o',
    input: 'input_tokens',
    output: 'output_tokens',
  },
  {
    vendor: 'anthropic',
    protocol: 'anthropic-messages',
    model: 'claude-opus-5',
    input: 'input_tokens',
    output: 'output_tokens',
  },
  {
    vendor: 'gemini',
    protocol: 'gemini',
    model: 'gemini-2.5-flash',
    input: 'promptTokenCount',
    output: 'candidatesTokenCount',
  },
]

const UNBELIEVABLE = [-5, '1200', '12abc', 1e300, 2e9, null, {}, [], true]

const toVector = (
  { vendor, protocol, model }: Words,
  what: string,
  usage: CostVector['usage'],
): CostVector => ({ vendor, protocol, model, what, usage, dollars: '' })

const UNREAD = WORDS.flatMap((words) =>
  UNBELIEVABLE.map((value) =>
    toVector(words, JSON.stringify(value), { [words.input]: value, [words.output]: value }),
  ),
)

const OVERFULL = WORDS.map((words) =>
  toVector(words, 'parts', {
    [words.input]: 10,
    [words.output]: 10,
    prompt_tokens_details: { cached_tokens: 9e8, audio_tokens: -1 },
    input_tokens_details: { cached_tokens: '9', audio_tokens: 9e8 },
    cachedContentTokenCount: 1e300,
    promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 9e8 }, null],
    candidatesTokensDetails: 'none',
    cache_creation: 'none',
    iterations: [null, 7, { type: 'message' }],
    server_tool_use: { web_search_requests: -1 },
    cost: -1,
    cost_in_usd_ticks: 'free',
  }),
)

let charged: ReadonlyMap<CostVector, readonly Bill[]> = new Map()

beforeAll(async () => {
  charged = await runVectors([...UNREAD, ...OVERFULL], () => [
    'openai-chat',
    'anthropic-messages',
    'gemini',
  ])
}, 120_000)

describe('a usage', () => {
  it.each(UNREAD.map((vector) => [vector.protocol, vector.what, vector] as const))(
    'of %s that is %s is estimated',
    (_, _what, vector) => {
      for (const { client, streamed, status, row } of charged.get(vector) ?? []) {
        const where = `${client}, ${streamed ? 'streamed' : 'complete'}`
        expect(status, where).toBe(200)
        expect(row?.estimated, where).toBe(1)
        expect(row?.input_tokens, where).toBeGreaterThan(0)
        expect(row?.output_tokens, where).toBeGreaterThan(0)
        expect(row?.cost_pico, where).toBeGreaterThan(0)
        expect(row?.cost_pico, where).toBeLessThan(1e10)
      }
      expect(charged.get(vector)).toHaveLength(6)
    },
  )

  it.each(OVERFULL.map((vector) => [vector.protocol, vector] as const))(
    'of %s with parts that are larger than their total is charged once',
    (_, vector) => {
      for (const { row } of charged.get(vector) ?? []) {
        expect(row).toMatchObject({ input_tokens: 10, output_tokens: 10, estimated: 0 })
        expect(row?.cost_pico).toBeGreaterThan(0)
        // At most $5 and $25 for a million.
        expect(row?.cost_pico).toBeLessThanOrEqual(10 * 5e6 + 10 * 25e6)
      }
      expect(charged.get(vector)).toHaveLength(6)
    },
  )
})
