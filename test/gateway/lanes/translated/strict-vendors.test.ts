/** Conversations that other models began, at vendors that are stricter than OpenAI, over the wire. */
import { describe, expect, it } from 'vitest'
import { CHAT, MESSAGES } from '../../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../../../tools/app/start-sluice.ts'
import { TINY_PNG } from '../../../tools/upstream/requests/images.ts'

type Message = Record<string, unknown> & { readonly role: string }

/** What arrives at the vendor, which refuses what the real one does. */
const ask = async (model: string, messages: readonly object[], more: object = {}) => {
  const upstream = await upstreamForTest()
  const vendor = model.startsWith('mistral')
    ? 'mistral'
    : model.startsWith('kimi')
      ? 'moonshot'
      : 'deepseek'
  const sluice = await sluiceForTest({
    providers: [{ ...openaiAt(upstream.url), name: vendor, vendor, protocols: ['openai-chat'] }],
  })
  const answer = await sluice.send(MESSAGES, {
    body: {
      model: `${vendor}/${model}`,
      max_tokens: 200,
      messages,
      tools: [{ name: 'weather', input_schema: { type: 'object', properties: {} } }],
      ...more,
    },
  })
  const [call] = callsOf(upstream)
  expect(call?.refused).toBeUndefined()
  expect(answer.status).toBe(200)
  const sent = call?.body as Record<string, unknown> & { readonly messages: Message[] }
  return { answer, sent, sluice, upstream }
}

const LARGE = 'mistral-large-latest'
const question = { role: 'user', content: 'Weather in Oslo?' }
const called = (...ids: string[]) => ({
  role: 'assistant',
  content: ids.map((id) => ({ type: 'tool_use', id, name: 'weather', input: { city: 'Oslo' } })),
})
const told = (...blocks: object[]) => ({ role: 'user', content: blocks })
const result = (id: string, content: unknown = 'rain') => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
})
const text = (said: string) => ({ type: 'text', text: said })
const image = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: TINY_PNG },
}

const rolesOf = ({ messages }: { readonly messages: readonly Message[] }) =>
  messages.map(({ role }) => role)

describe('Mistral', () => {
  it('gets an assistant message between a result and the user', async () => {
    const { sent } = await ask(LARGE, [
      question,
      called('abcDEF123'),
      told(result('abcDEF123'), text('And tomorrow?')),
    ])
    expect(rolesOf(sent)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user'])
    expect(sent.messages.at(-1)?.content).toBe('And tomorrow?')
    expect(sent.messages.at(-2)?.content).not.toBe('')
  })

  it('also gets it before the images of a result', async () => {
    const { sent } = await ask(LARGE, [
      question,
      called('abcDEF123'),
      told(result('abcDEF123', [image])),
    ])
    expect(rolesOf(sent)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user'])
    expect(JSON.stringify(sent.messages.at(-1))).toContain('image_url')
  })

  it('ends with the result if nothing follows', async () => {
    const { sent } = await ask(LARGE, [question, called('abcDEF123'), told(result('abcDEF123'))])
    expect(rolesOf(sent)).toEqual(['user', 'assistant', 'tool'])
  })

  it('gets ids that it accepts, distinct and the same in every request', async () => {
    const ids = ['toolu_01AbCdEfGhIjKlMnOpQrStUv', 'call_1', 'abcDEF123']
    const thread = [question, called(...ids), told(...ids.map((id) => result(id)))]
    const idsOf = async () => {
      const { sent } = await ask(LARGE, thread)
      const results = sent.messages.filter(({ role }) => role === 'tool')
      return results.map(({ tool_call_id }) => tool_call_id)
    }
    const first = await idsOf()
    expect(first).toHaveLength(3)
    for (const id of first) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/)
    expect(new Set(first).size).toBe(3)
    expect(first[2]).toBe('abcDEF123')
    expect(await idsOf()).toEqual(first)
  })

  it('gets back the ids that it made itself', async () => {
    const { sluice, upstream } = await ask(LARGE, [question])
    upstream.next({ parts: [{ toolCall: { name: 'weather', id: 'Zz9Yy8Xx7', arguments: '{}' } }] })
    const { json } = await sluice.send(MESSAGES, {
      body: {
        model: `mistral/${LARGE}`,
        max_tokens: 200,
        messages: [question],
        tools: [{ name: 'weather', input_schema: { type: 'object', properties: {} } }],
      },
    })
    const [block] = json.content as { readonly id: string }[]
    const { sent } = await ask(LARGE, [
      question,
      called(block?.id ?? ''),
      told(result(block?.id ?? '')),
    ])
    expect(sent.messages.at(-1)?.tool_call_id).toBe(block?.id)
    expect(block?.id).toMatch(/^[a-zA-Z0-9]{9}$/)
  })

  it('is not asked for the usage of a stream, and reports it', async () => {
    const { sent } = await ask(LARGE, [question], { stream: true })
    expect(sent).not.toHaveProperty('stream_options')
  })

  it('is not asked for it if a relayed stream includes it', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [
        { ...openaiAt(upstream.url), name: 'mistral', vendor: 'mistral', injectUsage: true },
      ],
    })
    const { status } = await sluice.send(CHAT, {
      body: { model: `mistral/${LARGE}`, messages: [question], stream: true },
    })
    expect(status).toBe(200)
    expect(callsOf(upstream)[0]?.body).not.toHaveProperty('stream_options')
  })

  it('gets no turn of which nothing is left', async () => {
    const { sent } = await ask(LARGE, [
      question,
      {
        role: 'assistant',
        content: [{ type: 'thinking', thinking: 'Hm.', signature: 'EqQBCkYI' }],
      },
      { role: 'user', content: 'Second.' },
    ])
    expect(sent.messages.map(({ content }) => content)).toEqual([question.content, 'Second.'])
  })

  it('continues the text of a last turn', async () => {
    const { sent } = await ask(LARGE, [question, { role: 'assistant', content: 'It is' }])
    expect(sent.messages.at(-1)).toEqual({ role: 'assistant', content: 'It is', prefix: true })
  })
})

describe('a model that requires its reasoning with every call', () => {
  const thought = (signature: string) => ({
    type: 'thinking',
    thinking: 'Let me see.',
    signature,
  })
  const thread = (signature: string) => [
    question,
    { role: 'assistant', content: [thought(signature), ...called('toolu_1').content] },
    told(result('toolu_1')),
  ]

  it.each(['deepseek-v4-pro', 'kimi-k2.6'])('gets none of others’: %s', async (model) => {
    const { sent, answer } = await ask(model, thread('EqQBCkYI'))
    expect(sent.messages[1]).toMatchObject({ reasoning_content: ' ' })
    expect(JSON.stringify(sent)).not.toContain('Let me see.')
    expect(answer.headers['x-sluice-dropped']).toBe('thinking')
  })

  it.each([
    ['deepseek-v4-pro', 'deepseek'],
    ['kimi-k2.6', 'moonshot'],
  ])('gets its own: %s', async (model, vendor) => {
    const { sent } = await ask(model, thread(`sluice.${vendor}.1`))
    expect(sent.messages[1]).toMatchObject({ reasoning_content: 'Let me see.' })
  })
})

describe('a model that requires its reasoning, asked in Messages', () => {
  const call = (id: string) => ({
    id,
    type: 'function',
    function: { name: 'weather', arguments: '{}' },
  })
  const thread = (more: object = {}) => [
    question,
    { role: 'assistant', content: 'Let me look.', tool_calls: [call('call_1')], ...more },
    { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
  ]
  const details = (detail: object) => ({ reasoning_details: [{ index: 0, ...detail }] })
  const signed = (signature: string) =>
    details({ type: 'reasoning.text', text: 'I see.', signature })

  const askInMessages = async (model: string, messages: readonly object[], more: object = {}) => {
    const upstream = await upstreamForTest({ models: [model] })
    const vendor = model.startsWith('kimi') ? 'moonshot' : 'deepseek'
    const provider = { ...anthropicAt(upstream.url), name: vendor, baseUrl: `${upstream.url}/v1` }
    const sluice = await sluiceForTest({
      providers: [{ ...provider, vendor, protocols: ['anthropic-messages'] }],
    })
    const body = { model: `${vendor}/${model}`, messages, ...more }
    const { status } = await sluice.send(CHAT, { body })
    const [asked] = callsOf(upstream)
    expect(asked?.refused).toBeUndefined()
    expect(status).toBe(200)
    const sent = asked?.body as { readonly messages: { content: object[] }[] } | undefined
    return sent?.messages[1]?.content
  }
  const filler = { type: 'thinking', thinking: ' ', signature: '' }
  const words = [{ text: 'Let me look.' }, { type: 'tool_use' }]

  it.each(['deepseek-v4-pro', 'kimi-k2.6'])(
    'gets a placeholder for missing reasoning: %s',
    async (model) => {
      expect(await askInMessages(model, thread())).toMatchObject([filler, ...words])
    },
  )

  it.each([
    ['deepseek-v4-pro', 'deepseek'],
    ['kimi-k2.6', 'moonshot'],
  ])('gets its own: %s', async (model, vendor) => {
    const said = await askInMessages(model, thread(signed(`sluice.${vendor}.1`)))
    expect(said).toMatchObject([{ type: 'thinking', thinking: 'I see.', signature: '' }, ...words])
  })

  it('gets none of others’, and none that it cannot read', async () => {
    const hidden = details({ type: 'reasoning.encrypted', data: 'EqQBCkYI' })
    for (const more of [signed('sluice.openai.1'), hidden])
      expect(await askInMessages('deepseek-v4-pro', thread(more))).toMatchObject([filler, ...words])
  })

  it('gets no placeholder if thinking is off', async () => {
    const more = { reasoning_effort: 'none' }
    expect(await askInMessages('deepseek-v4-pro', thread(), more)).toMatchObject(words)
  })
})
