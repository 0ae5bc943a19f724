/** The cost of a stream while it runs, for clients that ask for it. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import type { Settlement } from '#model'
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
import { callsOf, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'

const start = async (options: Partial<AppOptions> = {}) => {
  const settlements: Settlement[] = []
  const upstream = await upstreamForTest()
  const sluice = await sluiceForTest({
    providers: [openaiAt(upstream.url), anthropicAt(upstream.url), geminiAt(upstream.url)],
    settlers: [(settlement) => void settlements.push(settlement)],
    ...options,
  })
  return { upstream, sluice, settlements }
}

const ASKS: Readonly<Record<string, (model: string) => { path: string; body: object }>> = {
  Chat: (model) => ({ path: CHAT, body: chatBody('x', { model, stream: true }) }),
  'Chat with usage': (model) => ({
    path: CHAT,
    body: chatBody('x', { model, stream: true, stream_options: { include_usage: true } }),
  }),
  Messages: (model) => ({ path: MESSAGES, body: messagesBody('x', { model, stream: true }) }),
  Responses: (model) => ({ path: RESPONSES, body: responsesBody('x', { model, stream: true }) }),
  Gemini: (model) => ({
    path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    body: { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
  }),
}

const TARGETS = [`openai/${GPT}`, `anthropic/${CLAUDE}`, 'gemini/gemini-2.5-pro', 'demo/demo']
const PAIRS = Object.keys(ASKS).flatMap((client) =>
  TARGETS.map((target) => [client, target] as const),
)

const headers = { 'x-sluice-cost': 'stream' }

/** In either form: a comment, or a field of an event. */
const costsIn = (text: string): number[] =>
  [...text.matchAll(/^: cost ([\d.]+)$|"sluiceCost":([\d.]+)\}\r?$/gm)].map(([, comment, field]) =>
    Number(comment ?? field),
  )

const WORDS = { parts: [{ text: 'word '.repeat(200) }], paceMs: 1, pieces: 40 }

describe('a stream reports its cost', () => {
  it.each(PAIRS)(
    'in %s from %s: it rises, and ends with the settled cost',
    async (client, target) => {
      const { sluice, upstream, settlements } = await start({ demo: { paceMs: 0 } })
      upstream.next({ ...WORDS, usage: { input: 5000, output: 260, cacheRead: 3000 } })
      const { path, body } = ASKS[client]?.(target) ?? { path: '', body: {} }
      const { status, text } = await sluice.send(path, { body, headers })
      expect(status).toBe(200)
      await sluice.logged(isCall)
      const costs = costsIn(text)
      expect(costs.at(-1)).toBe(settlements[0]?.cost)
      expect(costs).toEqual(costs.toSorted((a, b) => a - b))
      if (!target.startsWith('demo')) expect(costs.length).toBeGreaterThan(1)
    },
  )

  it.each(PAIRS)('in %s from %s also if it breaks off', async (client, target) => {
    if (target.startsWith('demo')) return
    const { sluice, upstream, settlements } = await start()
    upstream.next({ ...WORDS, fault: { cutAfterEvents: 12 } })
    const { path, body } = ASKS[client]?.(target) ?? { path: '', body: {} }
    const { text } = await sluice.send(path, { body, headers })
    await sluice.logged(isCall)
    expect(settlements[0]?.outcome).toBe('upstream_broken')
    expect(costsIn(text).at(-1)).toBe(settlements[0]?.cost)
  })
})

it('nothing is added for clients that do not ask, and the request is not forwarded', async () => {
  const { sluice, upstream } = await start()
  const body = chatBody('x', { stream: true })
  for (const sent of [{}, { 'x-sluice-cost': 'yes' }, headers]) {
    const { text } = await sluice.send(CHAT, { body, headers: sent })
    expect(text.includes(': cost')).toBe(sent === headers)
  }
  for (const call of callsOf(upstream)) expect(call.headers).not.toHaveProperty('x-sluice-cost')
})

it('nothing is added if the price is unknown', async () => {
  const { sluice } = await start()
  const body = chatBody('x', { model: 'gpt-99', stream: true })
  expect((await sluice.send(CHAT, { body, headers })).text).not.toContain('cost')
})

it('every event of the stream is as it would be without the cost', async () => {
  const { sluice, upstream } = await start()
  for (const [client, ask] of Object.entries(ASKS)) {
    const texts: string[] = []
    for (const sent of [{}, headers]) {
      upstream.next({ ...WORDS, usage: { input: 50, output: 260 } })
      const { path, body } = ask(`openai/${GPT}`)
      texts.push((await sluice.send(path, { body, headers: sent })).text)
    }
    const [plain = '', costed = ''] = texts.map(withoutWhatDiffers)
    expect(costed.replaceAll(/^: cost .*\n\n|,"sluiceCost":[\d.]+(?=\}\r?$)/gm, ''), client).toBe(
      plain,
    )
  }
})

/** Ids and times. */
const withoutWhatDiffers = (text: string): string =>
  text.replaceAll(
    /"(?:id|item_id|responseId|created|created_at|completed_at)":(?:"[^"]*"|\d+)/g,
    '',
  )
