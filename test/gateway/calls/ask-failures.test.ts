/** Calls of this process that fail, or that are given up. */
import { describe, expect, it } from 'vitest'
import type { ProviderOptions } from '#app'
import { cancelled, createDeparture, type ModelRequest } from '#model'
import { CLAUDE, GPT } from '../../tools/app/asks.ts'
import { callsOf } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually, PATIENCE_MS, within } from '../../tools/app/within.ts'
import { ANN, startAsking, turnOf } from '../../tools/gateway/asking.ts'
import { FLAT } from '../../tools/gateway/settled-house.ts'
import { chatOpenAiAt } from '../../tools/providers/langchain/at-upstream.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const WORDS = 'one two three four five six seven eight nine ten'
const responsesAt = (url: string): ProviderOptions => ({
  ...openaiAt(url),
  protocols: ['openai-responses'],
})

interface Way {
  readonly first: (url: string) => ProviderOptions
  readonly second: (url: string) => ProviderOptions
  readonly models: readonly [string, string]
  /** The events before the first that has something of the answer. */
  readonly announced: number
}

const WAYS: Readonly<Record<string, Way>> = {
  Chat: { first: openaiAt, second: anthropicAt, models: [GPT, CLAUDE], announced: 1 },
  Responses: {
    first: responsesAt,
    second: geminiAt,
    models: [GPT, 'gemini-2.5-pro'],
    announced: 2,
  },
  Messages: { first: anthropicAt, second: openaiAt, models: [CLAUDE, GPT], announced: 1 },
}

/** The alias `pair` leads to one vendor, and then to another. */
const startPair = ({ first, second, models }: Way) =>
  startAsking((url) => ({
    prices: FLAT,
    retry: { retries: 0, baseMs: 1 },
    providers: [
      { ...first(url), name: 'first', deadlines: { firstEventMs: 300, idleMs: 300 } },
      { ...second(url), name: 'second' },
    ],
    aliases: [{ name: 'pair', targets: [`first/${models[0]}`, `second/${models[1]}`] }],
  }))

describe.each(Object.entries(WAYS))('a target of %s', (_, way) => {
  const { announced } = way

  it.each<[string, Answer]>([
    ['refuses', { fault: { status: 500 } }],
    ['announces its answer and breaks off', { fault: { cutAfterEvents: announced } }],
    ['announces its answer and fails', { fault: { errorAfterEvents: announced } }],
    ['announces its answer and falls silent', { fault: { stallAfterEvents: announced } }],
  ])('that %s is followed by the next one', async (_case, answer) => {
    const { ask, upstream } = await startPair(way)
    upstream.next({ parts: [{ text: 'never heard' }], ...answer }, { parts: [{ text: WORDS }] })
    const { outcome, heard } = ask('pair')
    const { settlement, error } = await outcome
    expect(error).toBeUndefined()
    expect(heard.begun).toEqual([{ provider: 'second', model: way.models[1] }])
    expect(heard.events.filter(({ type }) => type === 'message-start')).toHaveLength(1)
    expect(heard.text).toBe(WORDS)
    expect(settlement).toMatchObject({
      attempts: 2,
      outcome: 'ok',
      failedAttempts: [{ target: { provider: 'first' } }],
    })
    // What the first one has used is paid, too.
    expect(heard.costs.at(-1)).toBe(settlement.cost)
    expect(heard.tokens.at(-1)).toBe(settlement.usage.outputTokens)
  })

  it.each<[string, Answer, string]>([
    ['breaks off', { fault: { cutAfterEvents: 7 } }, 'upstream_broken'],
    ['fails', { fault: { errorAfterEvents: 7 } }, 'upstream_'],
    ['falls silent', { fault: { stallAfterEvents: 7 } }, 'upstream_timeout'],
  ])('that %s in the middle is told until there', async (_case, answer, code) => {
    const { ask, upstream, settlements } = await startPair(way)
    upstream.next({ parts: [{ text: WORDS }], pieces: 10, ...answer })
    const { outcome, heard } = ask('pair')
    const { settlement, error } = await outcome
    expect(error?.code).toContain(code)
    expect(settlements).toEqual([settlement])
    expect(settlement).toMatchObject({ attempts: 1, outcome: error?.code, status: error?.status })
    expect(settlement.usage).toMatchObject({ estimated: true })
    expect(settlement.usage.outputTokens).toBeGreaterThan(0)
    expect(settlement.cost).toBeGreaterThan(0)
    expect(heard.text).not.toBe('')
    expect(WORDS.startsWith(heard.text)).toBe(true)
    expect(heard.events.map(({ type }) => type)).not.toContain('message-end')
    expect(heard.events.map(({ type }) => type)).not.toContain('error')
    expect(callsOf(upstream)).toHaveLength(1)
  })
})

it('the demo may fail in the middle, too', async () => {
  const { ask } = await startAsking({ demo: { paceMs: 0 } })
  const { outcome, heard } = ask('demo/demo', {
    request: { turns: [turnOf('[[tokens 60]] [[cut 20]]')] },
  })
  const { settlement, error } = await outcome
  expect(error?.code).toBe('upstream_broken')
  expect(settlement.outcome).toBe('upstream_broken')
  expect(heard.text).not.toBe('')
})

describe('a call that is given up', () => {
  const GIVEN_UP = { code: 'cancelled', status: 499 }

  const start = () => startAsking((url) => ({ prices: FLAT, langchain: [chatOpenAiAt(url)] }))

  it.each([`openai/${GPT}`, `anthropic/${CLAUDE}`, `mine/${GPT}`])(
    'before the first event closes the upstream (%s)',
    async (target) => {
      const { ask, upstream, settlements } = await start()
      upstream.next({ fault: { neverAnswer: true } })
      const { outcome, heard, departure } = ask(target)
      await eventually('the upstream is called', () => callsOf(upstream).length === 1)
      departure.abort(cancelled())
      const { settlement, error } = await within(PATIENCE_MS, 'the outcome', outcome)
      expect(error).toMatchObject(GIVEN_UP)
      expect(settlements).toEqual([settlement])
      expect(settlement.outcome).toBe('cancelled')
      expect(heard.events).toEqual([])
      expect(heard.begun).toEqual([])
      const [call] = callsOf(upstream)
      await within(PATIENCE_MS, 'the upstream socket closes', call!.closed)
      expect(call!.closedEarly).toBe(true)
    },
  )

  it.each([`openai/${GPT}`, `anthropic/${CLAUDE}`, `mine/${GPT}`])(
    'in the middle closes the upstream, and is billed for what it used (%s)',
    async (target) => {
      const { ask, upstream, settlements } = await start()
      upstream.next({ parts: [{ text: WORDS }], pieces: 10, fault: { stallAfterEvents: 7 } })
      const { outcome, heard, departure } = ask(target)
      await eventually('the answer begins', () => heard.text.includes('two'))
      departure.abort(cancelled())
      const { settlement, error } = await within(PATIENCE_MS, 'the outcome', outcome)
      expect(error).toMatchObject(GIVEN_UP)
      expect(settlements).toEqual([settlement])
      expect(settlement).toMatchObject({ outcome: 'cancelled', usage: { estimated: true } })
      expect(settlement.usage.inputTokens).toBeGreaterThan(0)
      expect(settlement.usage.outputTokens).toBeGreaterThan(0)
      expect(settlement.cost).toBeGreaterThan(0)
      const [call] = callsOf(upstream)
      await within(PATIENCE_MS, 'the upstream socket closes', call!.closed)
      expect(call!.closedEarly).toBe(true)
    },
  )

  it.each([`openai/${GPT}`, `mine/${GPT}`, 'demo/demo'])(
    'by its own listener hears nothing more (%s)',
    async (target) => {
      const { ask, upstream } = await startAsking((url) => ({
        langchain: [chatOpenAiAt(url)],
        demo: { paceMs: 0 },
      }))
      upstream.next({ parts: [{ text: WORDS.repeat(20) }], pieces: 100, paceMs: 1 })
      const call = ask(target, {
        request: { turns: [turnOf('[[tokens 200]]')] },
        onEvent: ({ type }) => {
          if (type === 'part-delta') call.departure.abort(cancelled())
        },
      })
      const { error } = await within(PATIENCE_MS, 'the outcome', call.outcome)
      expect(error).toMatchObject(GIVEN_UP)
      const deltas = call.heard.events.filter(({ type }) => type === 'part-delta')
      expect(deltas).toHaveLength(1)
      expect(call.heard.events.at(-1)).toBe(deltas[0])
    },
  )

  it('before it begins asks nobody', async () => {
    const { ask, upstream, settlements } = await start()
    const signal = createDeparture()
    signal.abort(cancelled())
    const { outcome, heard } = ask(`openai/${GPT}`, { signal })
    expect((await outcome).error).toMatchObject(GIVEN_UP)
    expect(settlements).toMatchObject([{ outcome: 'cancelled', cost: 0 }])
    expect(heard.events).toEqual([])
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it('while it waits for another try does not wait', async () => {
    const { ask, upstream } = await startAsking({ retry: { retries: 1, baseMs: 600_000 } })
    upstream.next({ fault: { status: 500 } })
    const { outcome, departure } = ask(`openai/${GPT}`)
    await eventually('the upstream has refused', () => callsOf(upstream).length === 1)
    await within(PATIENCE_MS, 'the refusal arrives', callsOf(upstream)[0]!.closed)
    departure.abort(cancelled())
    expect((await within(PATIENCE_MS, 'the outcome', outcome)).error).toMatchObject(GIVEN_UP)
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('after its end has ended well', async () => {
    const { ask, settlements } = await start()
    const { outcome, departure } = ask(`openai/${GPT}`)
    expect((await outcome).error).toBeUndefined()
    departure.abort(cancelled())
    expect(settlements).toMatchObject([{ outcome: 'ok' }])
  })
})

describe('a refusal', () => {
  it('is an outcome, with a settlement that costs nothing', async () => {
    const { ask, upstream, settlements } = await startAsking()
    upstream.next({ fault: { status: 400, body: { error: { message: 'no such thing' } } } })
    const { outcome, heard } = ask(`openai/${GPT}`)
    const { settlement, error } = await outcome
    expect(error).toMatchObject({
      code: 'upstream_rejected',
      status: 400,
      message: 'no such thing',
    })
    expect(settlements).toEqual([settlement])
    expect(settlement).toMatchObject({ outcome: 'upstream_rejected', cost: 0, attempts: 1 })
    expect(heard.events).toEqual([])
  })

  it('of a model that nobody has names the model', async () => {
    const { ask, settlements } = await startAsking((url) => ({ providers: [anthropicAt(url)] }))
    for (const model of ['no-such-model', '']) {
      const { error, settlement } = await ask(model).outcome
      expect(error).toMatchObject({ code: 'not_found', status: 404, param: 'model' })
      expect(settlement).toMatchObject({ model, target: undefined, cost: 0 })
    }
    expect(settlements).toHaveLength(2)
  })

  it('of a model that the caller may not use leaves the others', async () => {
    const { ask, upstream } = await startAsking()
    const caller = { ...ANN, models: (name: string) => name === `openai/${GPT}` }
    const denied = { code: 'forbidden', status: 403, vendorCode: 'model_not_allowed' }
    expect((await ask(`anthropic/${CLAUDE}`, { caller }).outcome).error).toMatchObject(denied)
    const extensions: ModelRequest['extensions'] = { 'openai-chat': { models: ['gpt-5'] } }
    const further = ask(`openai/${GPT}`, { caller, request: { extensions } })
    expect((await further.outcome).error).toMatchObject({ ...denied, param: 'models' })
    expect(callsOf(upstream)).toHaveLength(0)
    expect((await ask(`openai/${GPT}`, { caller }).outcome).error).toBeUndefined()
  })

  it('of an image names what the model cannot take', async () => {
    const { ask, upstream } = await startAsking({
      modelSettings: [{ target: 'openai/*', abilities: { images: false } }],
    })
    const image = {
      kind: 'image',
      source: { kind: 'url', url: 'https://x.example/y.png' },
    } as const
    const { outcome } = ask(`openai/${GPT}`, { request: { turns: [turnOf('look', image)] } })
    const { error } = await outcome
    expect(error).toMatchObject({ code: 'invalid_request', status: 400, param: 'messages' })
    expect(error?.message).toContain(`'openai/${GPT}' takes no images`)
    expect(callsOf(upstream)).toHaveLength(0)
    expect((await ask(`openai/${GPT}`).outcome).error).toBeUndefined()
  })

  it('of a prompt that is too long says so', async () => {
    const { ask, upstream } = await startAsking({
      modelSettings: [{ target: 'openai/*', abilities: {}, context: 1000 }],
    })
    const turns = [turnOf('one word after the other '.repeat(400))]
    const { error } = await ask(`openai/${GPT}`, { request: { turns } }).outcome
    expect(error).toMatchObject({
      code: 'invalid_request',
      vendorCode: 'context_length_exceeded',
    })
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it('does not show our keys', async () => {
    const { ask, upstream } = await startAsking()
    const message = 'the key sk-upstream-openai is not known'
    upstream.next(
      { fault: { status: 400, body: { error: { message } } } },
      { parts: [{ text: WORDS }], pieces: 10, fault: { errorAfterEvents: 5, message } },
    )
    for (const _ of ['before', 'in the middle']) {
      const { error } = await ask(`openai/${GPT}`).outcome
      expect(error?.message).toMatch(/^the key .+ is not known$/)
      expect(JSON.stringify([error?.message, error?.upstream])).not.toContain('sk-upstream-openai')
    }
  })
})

describe('limits', () => {
  const limited = (everyCaller: object) =>
    startAsking({ keys: ['key-of-ann'], callerLimits: { everyCaller } })
  const LIMITED = { code: 'rate_limited', status: 429 }

  it('of requests are an outcome with the time to wait', async () => {
    const { ask, upstream, settlements } = await limited({ windowMs: 60_000, windowRequests: 1 })
    expect((await ask(`openai/${GPT}`).outcome).error).toBeUndefined()
    const { outcome, heard } = ask(`openai/${GPT}`)
    const { error, settlement } = await outcome
    expect(error).toMatchObject(LIMITED)
    expect(error?.retryAfterMs).toBeGreaterThan(0)
    expect(settlement).toMatchObject({ outcome: 'rate_limited', cost: 0 })
    expect(settlements).toHaveLength(2)
    expect(heard.events).toEqual([])
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it.each([
    ['long', 500, false],
    ['short', 1, true],
  ])('of tokens count the size of a %s request', async (_, times, leavesRoom) => {
    const { ask, upstream } = await limited({ tokensPerMinute: 1000 })
    upstream.next({ parts: [{ text: WORDS }], pieces: 10, fault: { stallAfterEvents: 7 } })
    const turns = [turnOf('a long text '.repeat(times))]
    const first = ask(`openai/${GPT}`, { request: { turns } })
    await eventually('the answer begins', () => first.heard.text !== '')
    const { error } = await ask(`openai/${GPT}`).outcome
    if (leavesRoom) expect(error).toBeUndefined()
    else expect(error).toMatchObject(LIMITED)
    first.departure.abort(cancelled())
    await first.outcome
  })

  it('of streams are held until the call is settled', async () => {
    const { ask, upstream } = await limited({ concurrentStreams: 1 })
    upstream.next({ parts: [{ text: WORDS }], pieces: 10, fault: { stallAfterEvents: 7 } })
    const first = ask(`openai/${GPT}`)
    await eventually('the answer begins', () => first.heard.text !== '')
    expect((await ask(`openai/${GPT}`).outcome).error).toMatchObject(LIMITED)
    first.departure.abort(cancelled())
    await first.outcome
    expect((await ask(`openai/${GPT}`).outcome).error).toBeUndefined()
  })
})

it('a listener that throws ends its call, and no other one', async () => {
  const { ask, upstream, settlements } = await startAsking()
  upstream.next({ parts: [{ text: WORDS }], pieces: 10, paceMs: 1 })
  const { outcome } = ask(`openai/${GPT}`, {
    onEvent: () => {
      throw new Error('the listener is broken')
    },
  })
  const { error } = await within(PATIENCE_MS, 'the outcome', outcome)
  expect(error?.code).toBe('internal')
  expect(settlements).toMatchObject([{ outcome: 'internal' }])
  expect((await ask(`openai/${GPT}`).outcome).error).toBeUndefined()
})
