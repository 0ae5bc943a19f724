/** Gemini's clients and Gemini's models, each with the other vendors', over the wire. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../../tools/app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../../../tools/app/start-sluice.ts'
import {
  checkChatStream,
  checkGeminiAnswer,
  checkGeminiError,
  checkGeminiStream,
  checkMessagesAnswer,
  checkMessagesStream,
} from '../../../tools/checkers/index.ts'

type Body = Record<string, unknown>

const THINKS = 'gemini-3-pro-preview'
const FLASH = 'gemini-2.5-flash'

const startHouse = async (options: Parameters<typeof sluiceForTest>[0] = {}) => {
  const upstream = await upstreamForTest()
  const { url } = upstream
  const providers = [openaiAt(url), anthropicAt(url), geminiAt(url)]
  return { upstream, sluice: await sluiceForTest({ providers, ...options }) }
}

const ask = (text: string, more: Body = {}): Body => ({
  contents: [{ role: 'user', parts: [{ text }] }],
  ...more,
})

const TOOL = {
  functionDeclarations: [
    {
      name: 'weather',
      description: 'Tells the weather.',
      parameters: {
        type: 'OBJECT',
        properties: { city: { type: 'STRING', nullable: true } },
        required: ['city'],
      },
    },
  ],
}

const partsOf = (json: Body): Body[] => {
  const [candidate] = json.candidates as { readonly content: { readonly parts: Body[] } }[]
  return candidate?.content.parts ?? []
}

describe.each([CLAUDE, GPT])('a Gemini client of %s', (model) => {
  it('gets a complete answer', async () => {
    const { sluice, upstream } = await startHouse()
    const answer = await sluice.send(`/v1beta/models/${model}:generateContent`, {
      body: ask('Hello'),
    })
    expect(callsOf(upstream)[0]?.refused).toBeUndefined()
    expect(answer.status).toBe(200)
    expect(checkGeminiAnswer(answer.json, { model })).toEqual([])
  })

  it('gets a stream', async () => {
    const { sluice } = await startHouse()
    const path = `/v1beta/models/${model}:streamGenerateContent?alt=sse`
    const answer = await sluice.send(path, { body: ask('Hello') })
    expect(answer.headers['content-type']).toContain('text/event-stream')
    expect(checkGeminiStream(answer.bytes, { model })).toEqual([])
  })

  it('gets a list if it does not request events', async () => {
    const { sluice } = await startHouse()
    const path = `/v1beta/models/${model}:streamGenerateContent`
    const answer = await sluice.send(path, { body: ask('Hello') })
    const list = JSON.parse(answer.text) as unknown[]
    expect(list).toHaveLength(1)
    expect(checkGeminiAnswer(list[0], { model })).toEqual([])
  })

  it('calls tools, and answers by name alone', async () => {
    const { sluice, upstream } = await startHouse()
    const path = `/gemini/v1beta/models/${model}:generateContent`
    const first = ask('[[call weather {"city":"Kyoto"}]]', { tools: [TOOL] })
    const called = partsOf((await sluice.send(path, { body: first })).json)
    const call = called.find(({ functionCall }) => functionCall)
    expect(call?.functionCall).toMatchObject({ name: 'weather', args: { city: 'Kyoto' } })
    const contents = [
      ...(first.contents as Body[]),
      { role: 'model', parts: called },
      {
        role: 'user',
        parts: [{ functionResponse: { name: 'weather', response: { output: 'Rain' } } }],
      },
    ]
    const second = await sluice.send(path, { body: { contents, tools: [TOOL] } })
    expect(callsOf(upstream).map(({ refused }) => refused)).toEqual([undefined, undefined])
    expect(second.text).toContain('Rain')
  })
})

it('Claude’s reasoning is sent back to it through a Gemini client, and never to Google', async () => {
  const { sluice, upstream } = await startHouse()
  const first = ask('[[think Hm]] [[call weather {"city":"Kyoto"}]]', {
    tools: [TOOL],
    generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: -1 } },
  })
  const path = `/v1beta/models/${CLAUDE}:generateContent`
  const said = partsOf((await sluice.send(path, { body: first })).json)
  const calls = said.filter(({ functionCall }) => functionCall)
  expect(calls[0]?.thoughtSignature).toEqual(expect.any(String))
  // What this client keeps of an answer is the call.
  const contents = [
    ...(first.contents as Body[]),
    { role: 'model', parts: calls },
    {
      role: 'user',
      parts: [{ functionResponse: { name: 'weather', response: { output: 'Rain' } } }],
    },
  ]
  await sluice.send(path, { body: { ...first, contents } })
  const claude = callsOf(upstream).at(-1)
  expect(claude?.refused).toBeUndefined()
  expect(JSON.stringify(claude?.body)).toContain('"thinking":"Hm"')

  await sluice.send(`/v1beta/models/${FLASH}:generateContent`, { body: { ...first, contents } })
  const google = callsOf(upstream).at(-1)
  expect(google?.refused).toBeUndefined()
  expect(JSON.stringify(google?.body)).not.toContain('c2x1aWNl')
})

describe('a model of Google', () => {
  it('answers its own clients, byte for byte', async () => {
    const { sluice, upstream } = await startHouse()
    const path = `/v1beta/models/${FLASH}:streamGenerateContent?alt=sse`
    const answer = await sluice.send(path, { body: ask('Hello') })
    expect(callsOf(upstream)[0]).toMatchObject({ path: path.split('?')[0] })
    expect(checkGeminiStream(answer.bytes, { model: FLASH })).toEqual([])
  })

  it('answers chat clients', async () => {
    const { sluice, upstream } = await startHouse()
    const body = chatBody('Hello', { model: FLASH, stream: true })
    const answer = await sluice.send(CHAT, { body })
    expect(callsOf(upstream)[0]?.refused).toBeUndefined()
    expect(checkChatStream(answer.bytes, { model: FLASH })).toEqual([])
  })

  it('answers clients of Messages', async () => {
    const { sluice, upstream } = await startHouse()
    const streamed = await sluice.send(MESSAGES, {
      body: messagesBody('Hello', { model: FLASH, stream: true }),
    })
    expect(checkMessagesStream(streamed.bytes, { model: FLASH })).toEqual([])
    const whole = await sluice.send(MESSAGES, { body: messagesBody('Hello', { model: FLASH }) })
    expect(checkMessagesAnswer(whole.json, { model: FLASH })).toEqual([])
    expect(callsOf(upstream).map(({ refused }) => refused)).toEqual([undefined, undefined])
  })

  it('receives its thought signatures back from a Messages client', async () => {
    const { sluice, upstream } = await startHouse()
    const tools = [
      {
        name: 'weather',
        input_schema: { $schema: 'x', type: 'object', properties: { city: { type: 'string' } } },
      },
    ]
    const model = `gemini/${THINKS}`
    const messages = [{ role: 'user', content: '[[call weather {"city":"Kyoto"}]]' }]
    const first = await sluice.send(MESSAGES, {
      body: messagesBody('', { model, tools, messages }),
    })
    const content = first.json.content as Body[]
    const use = content.find(({ type }) => type === 'tool_use')
    const next = [
      ...messages,
      { role: 'assistant', content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: use?.id, content: 'Rain' }] },
    ]
    await sluice.send(MESSAGES, { body: messagesBody('', { model, tools, messages: next }) })
    const call = callsOf(upstream).at(-1)
    expect(call?.refused).toBeUndefined()
    expect(JSON.stringify(call?.body)).toMatch(/"thoughtSignature":"(?!skip_)/)
  })

  it('accepts calls whose signature is lost', async () => {
    const { sluice, upstream } = await startHouse()
    const messages = [
      { role: 'user', content: 'Hello' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'Rain' },
    ]
    const tools = [{ type: 'function', function: { name: 'weather', parameters: {} } }]
    const model = `gemini/${THINKS}`
    await sluice.send(CHAT, { body: chatBody('', { model, messages, tools }) })
    expect(callsOf(upstream)[0]?.refused).toBeUndefined()
  })
})

describe('the doors of Gemini', () => {
  it('list the models', async () => {
    const { sluice } = await startHouse()
    const own = await sluice.send('/v1beta/models', { method: 'GET' })
    const shared = await sluice.send('/v1/models', {
      method: 'GET',
      headers: { 'x-goog-api-key': 'any' },
    })
    expect(shared.json).toEqual(own.json)
    expect((own.json.models as Body[]).map(({ name }) => name)).toContain(`models/gemini/${FLASH}`)
    const one = await sluice.send(`/v1beta/models/gemini/${FLASH}`, { method: 'GET' })
    expect(one.json).toMatchObject({ name: `models/gemini/${FLASH}` })
  })

  it('count tokens', async () => {
    const { sluice } = await startHouse()
    for (const model of [CLAUDE, FLASH]) {
      const path = `/v1beta/models/${model}:countTokens`
      const { json } = await sluice.send(path, { body: ask('Hello') })
      expect(json).toMatchObject({ totalTokens: expect.any(Number) })
    }
  })

  it.each([
    [`/v1beta/models/${CLAUDE}:unheardOf`, 405],
    [`/v1beta/models/${CLAUDE}:generateContent`, 400],
    ['/v1beta/nothing', 404],
  ])('report errors of %s in their dialect', async (path, status) => {
    const { sluice } = await startHouse()
    const answer = await sluice.send(path, { body: { contents: 'x' } })
    expect(answer.status).toBe(status)
    expect(checkGeminiError(answer.json)).toEqual([])
  })

  it('write no comments into a stream that is silent for long', async () => {
    const { sluice } = await startHouse({ openAfterMs: 5 })
    const path = `/v1beta/models/${GPT}:streamGenerateContent?alt=sse`
    const answer = await sluice.send(path, { body: ask('[[wait 60]] Hello') })
    expect(answer.text.startsWith('data: ')).toBe(true)
  })
})

it.each(['generateContent', 'streamGenerateContent?alt=sse', 'countTokens', 'embedContent'])(
  'a name in the path of %s is bounded as in a body, however slowly it would match',
  async (method) => {
    const { sluice, upstream } = await startHouse({
      aliases: [{ name: '*a*a*a*b', targets: [`gemini/${FLASH}`] }],
    })
    const path = `/v1beta/models/${'a'.repeat(10_000)}:${method}`
    const received = await sluice.send(path, { body: ask('hello') })
    expect(received.status).toBe(404)
    expect(checkGeminiError(received.json)).toEqual([])
    expect(JSON.stringify(received.json)).toContain("'model' is longer than 256 characters")
    expect(callsOf(upstream)).toEqual([])
  },
)
