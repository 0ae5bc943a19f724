/** A call of this process is asked in the vocabulary, takes the path of every call, and hears the events of its answer. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AppOptions } from '#app'
import { foldMessage, type ModelRequest, PICODOLLARS } from '#model'
import { callsOf } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { startAsking, turnOf } from '../../tools/gateway/asking.ts'
import { FLAT } from '../../tools/gateway/settled-house.ts'
import { chatOpenAiAt } from '../../tools/providers/langchain/at-upstream.ts'
import { rowsAt, startLedger } from '../../tools/stores/ledger-under-test.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const TEXT = 'one two three four five'
const ANSWER: Answer = {
  parts: [{ text: TEXT }],
  usage: { input: 100, output: 20, cacheRead: 40 },
  pieces: 5,
}

const start = (options: Partial<AppOptions> = {}) =>
  startAsking((url) => ({
    prices: FLAT,
    demo: { paceMs: 0 },
    langchain: [chatOpenAiAt(url)],
    providers: [
      openaiAt(url),
      { ...openaiAt(url), name: 'responses', protocols: ['openai-responses'] },
      anthropicAt(url),
      geminiAt(url),
    ],
    ...options,
  }))

/** Each protocol of an upstream, and the models in this process. */
const TARGETS: Readonly<Record<string, readonly [target: string, protocol: string]>> = {
  Chat: ['openai/gpt-4o', 'openai-chat'],
  Responses: ['responses/gpt-4o', 'openai-responses'],
  Messages: ['anthropic/claude-sonnet-4-5-20250929', 'anthropic-messages'],
  Gemini: ['gemini/gemini-2.5-pro', 'gemini'],
  LangChain: ['mine/gpt-4o', 'local'],
}

describe.each(Object.entries(TARGETS))('a target of %s', (_, [target, protocol]) => {
  const [provider = '', model = ''] = target.split('/')

  it('answers with the events of the vocabulary', async () => {
    const { ask, upstream } = await start()
    upstream.next(ANSWER)
    const { outcome, heard } = ask(target)
    const { error, settlement } = await outcome
    expect(error).toBeUndefined()
    expect(heard.begun).toEqual([{ provider, model }])
    expect(heard.text).toBe(TEXT)
    const types = heard.events.map(({ type }) => type)
    expect(types.slice(0, 3)).toEqual(['message-start', 'part-start', 'part-delta'])
    expect(types.slice(-2)).toEqual(['part-end', 'message-end'])
    expect(types.filter((type) => type === 'message-end')).toHaveLength(1)
    expect(foldMessage(heard.events)).toMatchObject({
      parts: [{ kind: 'text', text: TEXT }],
      reason: 'stop',
    })
    expect(settlement).toMatchObject({
      requestId: 'req_1',
      callerId: 'ann',
      route: 'WS /ws/session/{id}',
      model: target,
      target: { provider, model },
      lane: 'translate',
      protocol,
      attempts: 1,
      outcome: 'ok',
    })
  })

  it('is paid once, at the cost that its listener was told at last', async () => {
    const { ask, upstream, settlements } = await start()
    upstream.next(ANSWER)
    const { outcome, heard } = ask(target)
    const { settlement } = await outcome
    expect(settlements).toEqual([settlement])
    expect(settlement.usage).toMatchObject({
      inputTokens: 100,
      cacheReadTokens: 40,
      outputTokens: 20,
    })
    expect(settlement.cost).toBe((100 * 1 + 20 * 2) / 1e6)
    expect(heard.costs.at(-1)).toBe(settlement.cost)
    expect(heard.tokens.at(-1)).toBe(20)
  })

  it('tells a cost that never falls', async () => {
    const { ask, upstream } = await start()
    upstream.next({ parts: [{ text: 'word '.repeat(200) }], paceMs: 1, pieces: 40 })
    const { outcome, heard } = ask(target)
    const { settlement } = await outcome
    expect(new Set(heard.costs).size).toBeGreaterThan(2)
    expect(heard.costs).toEqual(heard.costs.toSorted((a, b) => (a ?? 0) - (b ?? 0)))
    expect(heard.costs.at(-1)).toBe(settlement.cost)
    expect(heard.tokens.slice(0, -1)).toEqual(heard.tokens.slice(0, -1).toSorted((a, b) => a - b))
  })

  it('calls tools', async () => {
    const { ask, upstream } = await start()
    upstream.next({ parts: [{ toolCall: { name: 'weather', arguments: '{"city":"Bonn"}' } }] })
    const { outcome, heard } = ask(target, { request: { tools: [WEATHER] } })
    expect((await outcome).error).toBeUndefined()
    expect(foldMessage(heard.events)).toMatchObject({
      parts: [{ kind: 'tool-call', name: 'weather', arguments: '{"city":"Bonn"}' }],
      reason: 'tool-calls',
    })
  })
})

const WEATHER: ModelRequest['tools'][number] = {
  kind: 'function',
  name: 'weather',
  schema: { type: 'object', properties: { city: { type: 'string' } } },
}

it('the demo answers', async () => {
  const { ask, settlements } = await start()
  const { outcome, heard } = ask('demo/demo', {
    request: { turns: [turnOf('[[say hello there]]')] },
  })
  const { settlement, error } = await outcome
  expect(error).toBeUndefined()
  expect(heard.text).toContain('hello there')
  expect(heard.begun).toEqual([{ provider: 'demo', model: 'demo' }])
  expect(settlements).toEqual([settlement])
  expect(heard.costs.at(-1)).toBe(settlement.cost)
})

it('thoughts are told as such', async () => {
  const { ask, upstream } = await start()
  upstream.next({
    parts: [{ reasoning: 'I should think.' }, { text: 'yes' }],
    usage: { input: 10, output: 9, reasoning: 6 },
  })
  const { outcome, heard } = ask('responses/gpt-5', { request: { reasoning: { effort: 'low' } } })
  const { settlement } = await outcome
  expect(foldMessage(heard.events).parts).toMatchObject([
    { kind: 'reasoning', text: 'I should think.' },
    { kind: 'text', text: 'yes' },
  ])
  expect(settlement.usage.reasoningTokens).toBe(6)
})

it('deltas are plain objects, whatever the upstream escaped', async () => {
  const { ask, upstream } = await start()
  const text = 'line\nof "words" and \u00fcml\u00e4uts '.repeat(20)
  upstream.next({ parts: [{ text }], pieces: 30 })
  const { outcome, heard } = ask('openai/gpt-4o')
  await outcome
  expect(heard.text).toBe(text)
  for (const event of heard.events)
    if (event.type === 'part-delta')
      expect(structuredClone(event)).toEqual({
        type: 'part-delta',
        index: 0,
        text: expect.any(String) as string,
      })
})

it('an answer that does not come as a stream is told as one', async () => {
  const { ask, upstream } = await start()
  const body = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o',
    choices: [
      { index: 0, message: { role: 'assistant', content: 'all at once' }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  }
  upstream.next({
    fault: { rawBytes: [Buffer.from(JSON.stringify(body))], contentType: 'application/json' },
  })
  const { outcome, heard } = ask('openai/gpt-4o')
  const { settlement, error } = await outcome
  expect(error).toBeUndefined()
  expect(heard.begun).toHaveLength(1)
  expect(heard.text).toBe('all at once')
  expect(settlement.usage).toMatchObject({ inputTokens: 7, outputTokens: 3 })
  expect(heard.costs.at(-1)).toBe(settlement.cost)
})

it('a cost is null where no price is known', async () => {
  const { ask, upstream } = await start({ prices: [], publishedPrices: false })
  upstream.next(ANSWER)
  const { outcome, heard } = ask('openai/gpt-4o')
  expect((await outcome).settlement.cost).toBeNull()
  expect(new Set(heard.costs)).toEqual(new Set([null]))
})

it('the row of the ledger is that of the outcome', async () => {
  const place = { folder: mkdtempSync(join(tmpdir(), 'sluice-ask-')) }
  onTestFinished(() => rmSync(place.folder, { recursive: true }))
  const ledger = startLedger(place)
  const { ask, upstream } = await start({ settlers: [ledger.settle] })
  await ledger.start([])
  upstream.next({
    parts: [{ reasoning: 'hm' }, { text: TEXT }],
    usage: { input: 100, output: 20, cacheRead: 40, reasoning: 5 },
  })
  const { outcome } = ask('responses/gpt-5', {
    tags: 'team-a,session=1',
    request: { reasoning: { effort: 'low' } },
  })
  const { settlement } = await outcome
  await ledger.close()
  const { usage, cost } = settlement
  expect(await rowsAt(place)).toMatchObject([
    {
      request_id: 'req_1',
      caller_id: 'ann',
      key_name: 'Ann',
      route: 'WS /ws/session/{id}',
      model: 'responses/gpt-5',
      provider: 'responses',
      target_model: 'gpt-5',
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cache_read_tokens: 40,
      reasoning_tokens: 5,
      cost_pico: Math.round((cost ?? 0) * PICODOLLARS),
      outcome: 'ok',
      tags: 'team-a,session=1',
    },
  ])
})

it('tags that cannot be tags are refused', async () => {
  const { ask, upstream, settlements } = await start()
  const { outcome } = ask('openai/gpt-4o', { tags: 'a b' })
  const { error, settlement } = await outcome
  expect(error).toMatchObject({ code: 'invalid_request', param: 'x-sluice-tags' })
  expect(settlements).toEqual([settlement])
  expect(callsOf(upstream)).toHaveLength(0)
})

it('a hundred calls at the same time do not mix', async () => {
  const { ask } = await startAsking(
    {},
    {
      upstream: {
        reply: ({ lastUserText }) => ({ parts: [{ text: lastUserText.repeat(9) }], paceMs: 1 }),
      },
    },
  )
  const models = ['openai/gpt-4o', 'anthropic/claude-sonnet-4-5-20250929', 'gemini/gemini-2.5-pro']
  const calls = Array.from({ length: 100 }, (_, at) => {
    const text = `call ${at}. `
    return { text, ...ask(models[at % 3] ?? '', { request: { turns: [turnOf(text)] } }) }
  })
  for (const { text, outcome, heard } of calls) {
    expect((await outcome).error).toBeUndefined()
    expect(heard.text).toBe(text.repeat(9))
    expect(heard.begun).toHaveLength(1)
  }
})
