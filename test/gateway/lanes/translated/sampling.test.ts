/** How an answer is to be drawn, on the way between Gemini and Chat, over the wire. */
import { expect, it } from 'vitest'
import { CHAT, chatBody, GPT } from '../../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../../tools/app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../../../tools/app/start-sluice.ts'

type Body = Record<string, unknown>

const send = async (path: string, body: Body) => {
  const upstream = await upstreamForTest()
  const { url } = upstream
  const sluice = await sluiceForTest({
    providers: [openaiAt(url), anthropicAt(url), geminiAt(url)],
  })
  const answer = await sluice.send(path, { body })
  const [call] = callsOf(upstream)
  expect(call?.refused).toBeUndefined()
  expect(answer.status).toBe(200)
  const sent = (call?.body ?? {}) as Body
  return { sent, dropped: answer.headers['x-sluice-dropped'] }
}

const askGemini = async (model: string, more: Body) => {
  const { sent, dropped } = await send(CHAT, chatBody('hello', { model, ...more }))
  return { settings: sent.generationConfig ?? {}, dropped }
}

it('Chat’s fields reach a Gemini model that accepts them', async () => {
  const settings = { seed: 7, presence_penalty: 0.5, frequency_penalty: -0.5, top_k: 9 }
  expect(await askGemini('gemini-2.0-flash', settings)).toMatchObject({
    settings: { seed: 7, presencePenalty: 0.5, frequencyPenalty: -0.5, topK: 9 },
    dropped: undefined,
  })
})

it('a penalty that a Gemini model refuses is omitted and named, unless it is zero', async () => {
  const refused = await askGemini('gemini-2.5-flash', { seed: 7, presence_penalty: 0.5 })
  expect(refused).toEqual({ settings: { seed: 7 }, dropped: 'presence_penalty' })
  const none = await askGemini('gemini-2.5-flash', { presence_penalty: 0, frequency_penalty: 0 })
  expect(none).toEqual({ settings: {}, dropped: undefined })
})

it('a seed too large for Gemini is omitted and named', async () => {
  expect(await askGemini('gemini-2.5-flash', { seed: 2 ** 40 })).toEqual({
    settings: {},
    dropped: 'seed',
  })
})

it('Gemini’s fields reach a Chat model, except for topK', async () => {
  const { sent, dropped } = await send(`/v1beta/models/${GPT}:generateContent`, {
    contents: [{ parts: [{ text: 'hello' }] }],
    generationConfig: { seed: 7, presencePenalty: 0.5, frequencyPenalty: -0.5, topK: 9 },
  })
  expect(sent).toMatchObject({ seed: 7, presence_penalty: 0.5, frequency_penalty: -0.5 })
  expect(dropped).toBe('top_k')
})

it.each([
  ['a number', { seed: 'seven' }, 'seed'],
  ['a number', { presence_penalty: 'much' }, 'presence_penalty'],
])('a value that is not %s is refused by name: %j', async (_wanted, more, param) => {
  const upstream = await upstreamForTest()
  const sluice = await sluiceForTest({ providers: [anthropicAt(upstream.url)] })
  const { status, json } = await sluice.send(CHAT, {
    body: chatBody('hello', { model: 'anthropic/claude-sonnet-4-5', ...more }),
  })
  expect(status).toBe(400)
  expect(json).toMatchObject({ error: { param } })
})
