/** A real LangChain class between Sluice and a strict upstream. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { eventually, PATIENCE_MS, within } from '../../tools/app/within.ts'
import {
  checkChatAnswer,
  checkChatStream,
  checkMessagesAnswer,
  checkMessagesStream,
} from '../../tools/checkers/index.ts'
import type { Answer } from '../../tools/upstream/start.ts'
import { startLangchainHouse, toOptions } from '../../tools/providers/langchain/at-upstream.ts'

const MODEL = 'mine/gpt-4o'

const WEATHER = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
}
const tools = [{ type: 'function', function: { name: 'weather', parameters: WEATHER } }]
const messagesTools = [{ name: 'weather', input_schema: WEATHER }]

const TWO_CALLS = {
  parts: [
    { text: 'Looking.' },
    { toolCall: { name: 'weather', arguments: '{"city":"Rome"}' } },
    { toolCall: { name: 'weather', arguments: '{"city":"Oslo"}' } },
  ],
  usage: { input: 40, output: 12, cacheRead: 30, reasoning: 5 },
}

describe.each([
  ['in one piece', false],
  ['in a stream', true],
])('%s', (_way, stream) => {
  it('answers a chat client', async () => {
    const { sluice, upstream } = await startLangchainHouse()
    upstream.next({ parts: [{ text: 'Good day to you.' }], usage: { input: 7, output: 4 } })
    const body = chatBody('hello', {
      model: MODEL,
      stream,
      ...(stream ? { stream_options: { include_usage: true } } : {}),
    })
    const answer = await sluice.send(CHAT, { body })
    expect(answer.status, answer.text).toBe(200)
    expect(stream ? checkChatStream(answer.bytes) : checkChatAnswer(answer.json)).toEqual([])
    expect(answer.headers['x-sluice-target']).toBe(MODEL)
    expect(answer.text).toContain('"prompt_tokens":7,"completion_tokens":4')
    const told = answer.text.matchAll(/"content":"([^"]*)"/g)
    expect([...told].map(([, text]) => text).join('')).toBe('Good day to you.')
    expect(callsOf(upstream)[0]?.body).toMatchObject({ model: GPT, stream })
  })

  it('carries two calls of tools beside each other, usage and why it ended', async () => {
    const { sluice, upstream } = await startLangchainHouse()
    upstream.next(TWO_CALLS)
    const body = messagesBody('Is it warm?', { model: MODEL, stream, tools: messagesTools })
    const answer = await sluice.send(MESSAGES, { body })
    expect(answer.status, answer.text).toBe(200)
    expect(stream ? checkMessagesStream(answer.bytes) : checkMessagesAnswer(answer.json)).toEqual(
      [],
    )
    expect(answer.text.match(/"type":"tool_use"/g)).toHaveLength(2)
    for (const city of ['Rome', 'Oslo']) expect(answer.text).toContain(city)
    expect(answer.text).toContain('"stop_reason":"tool_use"')
    expect(answer.text).toContain('"cache_read_input_tokens":30')
    const line = await sluice.logged(isCall)
    expect(line).toMatchObject({ outcome: 'ok', tokensIn: 40, tokensOut: 12 })
  })

  it.each([
    [401, 'upstream_denied'],
    [429, 'upstream_rate_limited'],
    [500, 'upstream_failed'],
    [503, 'upstream_overloaded'],
  ])('keeps the status %i of a failure', async (status, outcome) => {
    const { sluice, upstream } = await startLangchainHouse()
    upstream.next(...[1, 2, 3].map(() => ({ fault: { status } })))
    const answer = await sluice.send(CHAT, { body: chatBody('hello', { model: MODEL, stream }) })
    expect(answer.status, answer.text).toBe(status)
    expect(answer.json.error).toMatchObject({ message: expect.not.stringContaining('langchain') })
    expect(await sluice.logged(isCall)).toMatchObject({ outcome })
  })

  it.each([
    ['before it begins', { fault: { neverAnswer: true } }],
    [
      'in the middle',
      { parts: [{ text: 'one two three four five six' }], fault: { stallAfterEvents: 2 } },
    ],
  ] satisfies [string, Answer][])(
    'closes the upstream if the client leaves %s',
    async (_moment, reply) => {
      const { sluice, upstream } = await startLangchainHouse()
      upstream.next(reply)
      const client = await openRawClient(sluice.url)
      client.write(toRequest(CHAT, chatBody('hello', { model: MODEL, stream })))
      await eventually('the upstream is called', () => callsOf(upstream).length === 1)
      if (stream && 'parts' in reply)
        await within(PATIENCE_MS, 'a first event', client.until('data: {'))
      client.socket.destroy()
      await within(5_000, 'the upstream socket closes', callsOf(upstream)[0]!.closed)
      expect(callsOf(upstream)[0]?.closedEarly).toBe(true)
      expect(await within(PATIENCE_MS, 'its line', sluice.logged(isCall))).toMatchObject({
        outcome: 'client_left',
      })
    },
  )
})

it('sends a complete conversation, its settings and its tools to the upstream', async () => {
  const { sluice, upstream } = await startLangchainHouse()
  const id = 'call_0123456789'
  const call = { id, type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } }
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Is it warm in Rome?' },
    { role: 'assistant', content: 'Let me look.', tool_calls: [call] },
    { role: 'tool', tool_call_id: id, content: '31 degrees' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'And here?' },
        { type: 'image_url', image_url: { url: 'https://example.com/sky.png' } },
      ],
    },
  ]
  const settings = {
    temperature: 0.25,
    top_p: 0.5,
    max_tokens: 77,
    stop: ['END'],
    tool_choice: { type: 'function', function: { name: 'weather' } },
    parallel_tool_calls: false,
    messages,
  }
  const body = chatBody('', { model: MODEL, ...settings, tools })
  const answer = await sluice.send(CHAT, { body })
  expect(answer.status, answer.text).toBe(200)
  expect(answer.headers['x-sluice-dropped']).toBeUndefined()
  expect(callsOf(upstream)[0]?.body).toMatchObject({
    ...settings,
    tools: [{ function: { name: 'weather', parameters: WEATHER } }],
  })
})

it('names the fields that the class does not support', async () => {
  const { sluice } = await startLangchainHouse()
  const body = messagesBody('hello', { model: MODEL, top_k: 5 })
  const { headers } = await sluice.send(MESSAGES, { body })
  expect(headers['x-sluice-dropped']).toBe('top_k')
})

it('requests an answer in a schema', async () => {
  const { sluice, upstream } = await startLangchainHouse()
  const json_schema = { name: 'place', schema: { ...WEATHER, additionalProperties: false } }
  const body = chatBody('Where?', {
    model: MODEL,
    response_format: { type: 'json_schema', json_schema },
  })
  const { json } = await sluice.send(CHAT, { body })
  expect(checkChatAnswer(json)).toEqual([])
  expect(callsOf(upstream)[0]?.body).toMatchObject({ response_format: { json_schema } })
})

it('calls any other model of the class that is named', async () => {
  const { sluice, upstream } = await startLangchainHouse()
  await sluice.send(CHAT, { body: chatBody('hello', { model: 'mine/gpt-4o-mini' }) })
  expect(callsOf(upstream)[0]?.body).toMatchObject({ model: 'gpt-4o-mini' })
})

it('is listed, routed to by the name it lists, and ready', async () => {
  const { sluice } = await startLangchainHouse()
  expect((await sluice.send('/v1/models')).text).toContain('"mine/gpt-4o"')
  expect((await sluice.send('/health/ready')).status).toBe(200)
  const { headers, json } = await sluice.send(CHAT, { body: chatBody('hello') })
  expect(headers['x-sluice-target']).toBe(MODEL)
  expect(json.model).toBe(GPT)
})

it('is a fallback after another, and a default', async () => {
  const { sluice, upstream } = await startLangchainHouse(
    {},
    {
      defaultModel: MODEL,
      aliases: [{ name: 'try', targets: ['mine/gpt-4o-mini', MODEL] }],
    },
  )
  upstream.next({ fault: { status: 403 } })
  const { status, headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'try' }) })
  expect([status, headers['x-sluice-target']]).toEqual([200, MODEL])
  const unheard = await sluice.send(CHAT, { body: chatBody('x', { model: 'unheard-of' }) })
  expect(unheard.headers['x-sluice-target']).toMatch(/^mine\//)
})

it('counts tokens without asking anybody', async () => {
  const { sluice, upstream } = await startLangchainHouse()
  const body = messagesBody('How long is this?', { model: MODEL })
  const { json } = await sluice.send(`${MESSAGES}/count_tokens`, { body })
  expect(json.input_tokens).toBeGreaterThan(3)
  expect(upstream.calls).toEqual([])
})

it('keeps its key out of answers and logs', async () => {
  const apiKey = 'sk-wrong-0123456789abcdef'
  const { sluice } = await startLangchainHouse({ apiKey })
  const answer = await sluice.send(CHAT, { body: chatBody('hello', { model: MODEL }) })
  expect(answer.status).toBe(401)
  expect(answer.text + sluice.rawLog()).not.toContain(apiKey)
})

it('accepts the strings that initChatModel accepts', async () => {
  const upstream = await upstreamForTest()
  const { model: _, ...options } = toOptions(upstream.url)
  const source = { model: 'openai:gpt-4o' }
  const sluice = await sluiceForTest({ langchain: [{ name: 'mine', chat: { source, options } }] })
  const answer = await sluice.send(CHAT, { body: chatBody('hello', { model: MODEL }) })
  expect(answer.status, answer.text).toBe(200)
  expect(callsOf(upstream)[0]?.body).toMatchObject({ model: GPT })
})

it.each([
  [{ module: '@langchain/nowhere', class: 'Chat' }, 'npm install @langchain/nowhere'],
  [{ module: '@langchain/openai', class: 'ChatNobody' }, "has no class 'ChatNobody'"],
  [{ model: 'nobody:some-model' }, "LangChain knows no 'nobody:'"],
  [{ model: 'groq:some-model' }, 'npm install @langchain/groq'],
])('reports in one sentence the error in %o', async (source, sentence) => {
  const chat = { source, options: { model: 'm' } }
  const sluice = await sluiceForTest({ langchain: [{ name: 'mine', chat }] })
  const answer = await sluice.send(CHAT, { body: chatBody('hello', { model: 'mine/m' }) })
  expect(answer.status).toBe(500)
  expect(answer.text).toContain(sentence)
})

it('embeds', async () => {
  const upstream = await upstreamForTest()
  const embeddings = {
    source: { module: '@langchain/openai', class: 'OpenAIEmbeddings' },
    options: toOptions(upstream.url, { model: 'text-embedding-3-small' }),
  }
  const sluice = await sluiceForTest({ langchain: [{ name: 'mine', embeddings }] })
  const model = 'mine/text-embedding-3-small'
  const body = { model, input: ['one', 'two'], dimensions: 8, encoding_format: 'float' }
  const answer = await sluice.send('/v1/embeddings', { body })
  expect(answer.status, answer.text).toBe(200)
  const [first, second] = answer.json.data as { embedding: number[] }[]
  expect([first?.embedding.length, second?.embedding.length]).toEqual([8, 8])
  const chat = await sluice.send(CHAT, { body: chatBody('hello', { model }) })
  expect([chat.status, chat.text]).toEqual([400, expect.stringContaining('embeddings only')])
})
