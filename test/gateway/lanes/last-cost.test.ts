/** The last cost that a stream reports is that of its row, whatever serves it and however it ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { PICODOLLARS } from '#model'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import {
  type Ask,
  ASKS,
  costsIn,
  FLAT,
  RUNNING_COST,
  startSettled,
  TARGETS,
  WORDS,
} from '../../tools/gateway/settled-house.ts'
import { chatOpenAiAt } from '../../tools/providers/langchain/at-upstream.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const completions: Ask = (model, stream, text = 'hello') => ({
  path: '/v1/completions',
  body: { model, stream, prompt: text },
})
const DIALECTS: Readonly<Record<string, Ask>> = { ...ASKS, Completions: completions }

const { openai, anthropic, gemini } = TARGETS
const RELAYED: Readonly<Record<string, string>> = {
  Messages: anthropic,
  Gemini: gemini,
  Completions: 'openai/gpt-3.5-turbo-instruct',
}
const SERVED: Readonly<Record<string, (dialect: string) => string>> = {
  relayed: (dialect) => RELAYED[dialect] ?? openai,
  translated: (dialect) => (dialect === 'Messages' ? openai : anthropic),
  'from the demo': () => 'demo/demo',
  'from LangChain': () => 'mine/gpt-4o',
}

/** How a stream ends: the upstream's answer, and the directive that makes the demo do the same. */
const ENDS: Readonly<Record<string, readonly [Answer, string]>> = {
  'is complete': [{ ...WORDS, usage: { input: 500, output: 260 } }, '[[tokens 60]]'],
  'is cut off': [{ ...WORDS, fault: { cutAfterEvents: 12 } }, '[[tokens 60]] [[cut 20]]'],
  fails: [{ ...WORDS, fault: { errorAfterEvents: 12 } }, '[[tokens 60]] [[garbage 20]]'],
}
const STALLED: readonly [Answer, string] = [
  { ...WORDS, fault: { stallAfterEvents: 30 } },
  '[[tokens 60]] [[stall 40]]',
]

const start = (options: Partial<AppOptions> = {}) =>
  startSettled((url) => ({
    prices: FLAT,
    demo: { paceMs: 0 },
    langchain: [chatOpenAiAt(url)],
    ...options,
  }))

const CASES = Object.entries(DIALECTS).flatMap(([dialect, make]) =>
  Object.entries(SERVED).map(([served, targetOf]) => [dialect, served, make, targetOf] as const),
)

describe.each(CASES)('a stream in %s, %s,', (dialect, _, make, targetOf) => {
  const target = targetOf(dialect)
  const textFor = (directive: string) => (target.startsWith('demo') ? directive : 'hello')

  it.each(Object.entries(ENDS))('that %s', async (end, [answer, directive]) => {
    const { sluice, upstream, settlements } = await start()
    upstream.next(answer)
    const { path, body } = make(target, true, textFor(directive))
    const { status, text } = await sluice.send(path, { body, headers: RUNNING_COST })
    expect(status, text).toBe(200)
    await sluice.logged(isCall)
    expect(settlements).toHaveLength(1)
    const [{ cost = null, outcome = '' } = {}] = settlements
    expect(outcome === 'ok').toBe(end === 'is complete')
    expect(cost).toBeGreaterThan(0)
    const costs = costsIn(text)
    expect(costs.at(-1), text.slice(-400)).toBe(cost)
    expect(costs).toEqual(costs.toSorted((a, b) => a - b))
  })

  it('that its client leaves reported no more than its row', async () => {
    const { sluice, upstream, settlements } = await start()
    const [answer, directive] = STALLED
    upstream.next(answer)
    const { path, body } = make(target, true, textFor(directive))
    const client = await openRawClient(sluice.url)
    client.write(toRequest(path, body, ['x-sluice-cost: stream']))
    await client.until(/(?:cost |sluiceCost":)0\.\d*[1-9]/)
    client.socket.destroy()
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ outcome: 'client_left', usage: { estimated: true } }])
    const told = costsIn(client.received().replaceAll('\r\n', '\n')).at(-1) ?? 0
    expect(told).toBeGreaterThan(0)
    expect(settlements[0]?.cost).toBeGreaterThanOrEqual(told)
  })
})

/** Long enough for a stream to begin. */
const SOON_MS = 1_500
const soon = () => [{ key: 'sk-one', expiresAtMs: Date.now() + SOON_MS }]
const KEY = { authorization: 'Bearer sk-one' }

describe('a stream whose key expires', () => {
  it.each([openai, anthropic, 'demo/demo', 'mine/gpt-4o'])(
    'reports its cost with its error, from %s',
    async (model) => {
      const { sluice, upstream, settlements } = await start({ keys: soon() })
      const [answer, directive] = STALLED
      upstream.next(answer)
      const text = model.startsWith('demo') ? directive : 'hello'
      const body = chatBody(text, { model, stream: true })
      const headers = { ...RUNNING_COST, ...KEY }
      const { text: told } = await sluice.send(CHAT, { body, headers })
      await sluice.logged(isCall)
      expect(settlements).toMatchObject([{ outcome: 'unauthenticated' }])
      expect(settlements[0]?.cost).toBeGreaterThan(0)
      expect(costsIn(told).at(-1)).toBe(settlements[0]?.cost)
    },
  )

  it('before its first event reports the cost of its input', async () => {
    const { sluice, upstream, settlements } = await start({ keys: soon(), openAfterMs: 0 })
    upstream.next({ fault: { neverAnswer: true } })
    const body = chatBody('x', { model: openai, stream: true })
    const headers = { ...RUNNING_COST, ...KEY }
    const { text } = await sluice.send(CHAT, { body, headers })
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([
      { outcome: 'unauthenticated', usage: { outputTokens: 0, estimated: true } },
    ])
    expect(settlements[0]?.cost).toBeGreaterThan(0)
    expect(costsIn(text)).toEqual([settlements[0]?.cost])
  })
})

describe('a stream that its upstream did not stream', () => {
  it('reports its cost if it is translated', async () => {
    const { sluice, upstream, settlements } = await start()
    const chunk = {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 40, completion_tokens: 7 },
    }
    upstream.next({
      fault: { rawBytes: [Buffer.from(JSON.stringify(chunk))], contentType: 'application/json' },
    })
    const body = messagesBody('x', { model: openai, stream: true })
    const { text } = await sluice.send(MESSAGES, { body, headers: RUNNING_COST })
    await sluice.logged(isCall)
    expect(costsIn(text)).toEqual([0.000054])
    expect(settlements).toMatchObject([{ cost: 0.000054 }])
  })
})

it('a stream that is opened early and then fails reports what its attempts cost', async () => {
  const { sluice, upstream, settlements } = await start({ openAfterMs: 0 })
  for (let at = 0; at < 3; at++) upstream.next({ delayMs: 30, fault: { cutAfterEvents: 0 } })
  const body = chatBody('x', { model: openai, stream: true })
  const { text } = await sluice.send(CHAT, { body, headers: RUNNING_COST })
  await sluice.logged(isCall)
  expect(settlements).toMatchObject([{ attempts: 3 }])
  expect(settlements[0]?.cost).toBeGreaterThan(0)
  expect(costsIn(text)).toEqual([settlements[0]?.cost])
})

const folder = mkdtempSync(join(tmpdir(), 'sluice-last-cost-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('the ledger has the last cost of each stream', async () => {
  const rows = { folder }
  const { sluice, upstream } = await start({ rows })
  const told: number[] = []
  for (const [answer] of Object.values(ENDS)) {
    upstream.next(answer)
    const body = chatBody('x', { model: anthropic, stream: true })
    const { text } = await sluice.send(CHAT, { body, headers: RUNNING_COST })
    told.push(costsIn(text).at(-1) ?? -1)
  }
  await sluice.close()
  const costs = (await rowsAt(rows)).map(({ cost_pico }) => Number(cost_pico) / PICODOLLARS)
  expect(costs).toEqual(told)
})
