/** Whatever callers send, there is a bounded number of series. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createMetrics } from '#telemetry'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { sluiceForTest } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { answerJson, plainUpstream } from '../../tools/gateway/plain-upstream.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'
import { ADMIN, parseText, scrape } from '../../tools/telemetry/scrape.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MANY = 10_000
const AT_ONCE = 50
const METHODS = ['GET', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'QUERY']

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'x',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'x' } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

/** An upstream that serves any model but those whose name says that it does not exist. */
const start = async () => {
  const upstream = await plainUpstream(({ body }, response) =>
    String(body.model).startsWith('missing')
      ? answerJson(response, { error: { message: 'no such model', type: 'x' } }, 404)
      : answerJson(response, answer),
  )
  return sluiceForTest({
    adminKeys: [ADMIN],
    logLevel: 'silent',
    providers: [openaiAt(upstream.url)],
  })
}

/** On connections that stay open. */
const ask = async (url: string, path: string, init: RequestInit): Promise<void> => {
  const response = await fetch(`${url}${path}`, init)
  await response.arrayBuffer()
}

const inParallel = async (count: number, work: (at: number) => Promise<void>): Promise<void> => {
  let next = 0
  const run = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, run))
}

const post = (model: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(chatBody('x', { model })),
})

it(
  '10,000 models get fifty series, one for the others, and one for those that do not exist',
  {
    timeout: 300_000,
  },
  async () => {
    const sluice = await start()
    await inParallel(MANY, (at) =>
      ask(sluice.url, CHAT, post(`openai/${at % 2 === 0 ? 'missing' : 'served'}-${at}`)),
    )
    const { sum, valuesOf, series } = await scrape(sluice)
    const models = valuesOf('sluice_calls_total', 'model')
    expect(models.length).toBe(52)
    expect(models).toEqual(expect.arrayContaining(['unknown', 'other']))
    expect(sum('sluice_calls_total')).toBe(MANY)
    expect(sum('sluice_calls_total', { model: 'unknown' })).toBe(MANY / 2)
    expect(sum('sluice_calls_total', { model: 'other' })).toBe(MANY / 2 - 50)
    expect(series.length).toBeLessThan(3_000)
  },
)

it('1,000 routes get a series for each code, by any method', { timeout: 300_000 }, async () => {
  const sluice = await start()
  await inParallel(1_000, (at) =>
    ask(sluice.url, `/v1/${at}/chat`, { method: METHODS[at % METHODS.length] ?? 'GET' }),
  )
  await inParallel(METHODS.length, (at) => ask(sluice.url, CHAT, { method: METHODS[at] ?? 'GET' }))
  const { sum, series } = await scrape(sluice)
  expect(sum('sluice_refusals_total', { code: 'not_found' })).toBe(1_000)
  expect(sum('sluice_refusals_total', { code: 'method_not_allowed' })).toBe(METHODS.length)
  expect(series.length).toBeLessThan(300)
})

const backends = () => ({
  ledger: undefined,
  live: { store: 'memory' as const, isWell: true },
  providers: [],
  memory: { heldBytes: 0, limitBytes: 1 },
})

const open = () => ({ sockets: 0, backgroundRuns: 0 })

const config = () => ({ generation: 1, loadedAtMs: 0, refusals: 0 })

const create = (redact = (text: string) => text) =>
  createMetrics({ known: [], redact, backends, open, config })

const pageOf = async (metrics: ReturnType<typeof create>) =>
  parseText((await metrics.write('text')).text)

describe('whatever a settlement says', () => {
  it.each([
    ['routes', (at: number) => ({ route: `POST /${at}` })],
    ['protocols', (at: number) => ({ protocol: `protocol-${at}` })],
    ['providers', (at: number) => ({ target: { provider: `provider-${at}`, model: 'x' } })],
    [
      'targets',
      (at: number) => ({ target: { provider: `provider-${at % 200}`, model: `model-${at}` } }),
    ],
    [
      'all of them',
      (at: number) => ({
        route: `POST /${at}`,
        protocol: `${at}`,
        target: { provider: `provider-${at % 200}`, model: `model-${at}` },
      }),
    ],
  ])('%s are bounded, and no call is lost', async (_, change) => {
    const metrics = create()
    for (let at = 0; at < MANY; at++) metrics.settle(toSettlement(change(at)))
    const { sum, series } = await pageOf(metrics)
    expect(sum('sluice_calls_total')).toBe(MANY)
    expect(sum('sluice_first_byte_seconds_count')).toBe(MANY)
    expect(sum('sluice_tokens_total', { kind: 'input' })).toBe(100 * MANY)
    expect(series.length).toBeLessThan(15_000)
  })

  it('memory is flat once the bounds are reached', () => {
    const metrics = create()
    const settle = (from: number): void => {
      for (let at = from; at < from + MANY; at++)
        metrics.settle(
          toSettlement({
            route: `POST /${at}`,
            target: { provider: `provider-${at}`, model: `model-${at}` },
          }),
        )
    }
    const held = (): number => {
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    settle(0)
    settle(MANY)
    const before = held()
    for (let round = 2; round < 8; round++) settle(round * MANY)
    expect(held() - before).toBeLessThan(1_000_000)
  })

  it('names are written so that a parser reads them', async () => {
    const metrics = create((text) => text.replaceAll('sk-secret', '[redacted]'))
    const names = [
      'a"b',
      'a\\b',
      'a\nb',
      'a\rb',
      '{a="b"}',
      'ä 模型',
      '\ud800',
      ' ',
      'x'.repeat(200),
    ]
    for (const model of [...names, 'of-sk-secret'])
      metrics.settle(toSettlement({ target: { provider: 'openai', model } }))
    const { text } = await metrics.write('text')
    const { sum, valuesOf } = parseText(text)
    expect(sum('sluice_calls_total')).toBe(names.length + 1)
    const models = valuesOf('sluice_calls_total', 'model')
    expect(models).toEqual(expect.arrayContaining(['ä 模型', '{a="b"}', 'other', 'of-[redacted]']))
    expect(text).not.toMatch(/sk-secret|\r/)
  })

  it('tokens and costs that are no numbers do not spoil a sum', async () => {
    const metrics = create()
    for (const wrong of [NaN, Infinity, -5])
      metrics.settle(
        toSettlement({
          cost: wrong,
          usage: {
            inputTokens: wrong,
            outputTokens: wrong,
            cacheReadTokens: wrong,
            cacheWriteTokens: wrong,
            reasoningTokens: wrong,
          },
        }),
      )
    metrics.settle(toSettlement())
    const { sum } = await pageOf(metrics)
    expect(sum('sluice_tokens_total', { kind: 'input' })).toBe(100)
    expect(sum('sluice_cost_dollars_total')).toBe(0.000_25)
  })

  it('the targets that the configuration names have their series whatever came before', async () => {
    const known = [{ provider: 'openai', model: 'of-an-alias' }]
    const metrics = createMetrics({ known, redact: String, backends, open, config })
    for (let at = 0; at < 100; at++)
      metrics.settle(toSettlement({ target: { provider: 'openai', model: `model-${at}` } }))
    metrics.settle(
      toSettlement({
        target: { provider: 'openai', model: 'of-an-alias' },
        outcome: 'upstream_denied',
        firstByteMs: undefined,
      }),
    )
    const { sum } = await pageOf(metrics)
    expect(sum('sluice_calls_total', { model: 'of-an-alias', outcome: 'upstream_error' })).toBe(1)
  })
})
