/** In which language a target is asked, by its model and by what is asked of it. */
import { describe, expect, it } from 'vitest'
import { createVendorProvider } from '#providers'
import { bringsTools, usableProtocols } from '../../../src/gateway/lanes/choose-protocol.ts'
import { readEnvelope } from '../../../src/gateway/request/envelope.ts'
import {
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { checkChatAnswer, checkChatStream } from '../../tools/checkers/index.ts'
import { nowhere } from '../../tools/providers/nowhere.ts'

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const CHAT_TOOL = { type: 'function', function: { name: 'weather', parameters: SCHEMA } }
const GEMINI_TOOL = {
  functionDeclarations: [{ name: 'weather', parametersJsonSchema: SCHEMA }],
}

/** A request of each client's own, with a tool or without. */
const ask = (client: string, model: string, hasTools: boolean): [string, object] => {
  const named = `openai/${model}`
  switch (client) {
    case 'chat':
      return [CHAT, chatBody('hello', { model: named, ...(hasTools && { tools: [CHAT_TOOL] }) })]
    case 'messages': {
      const tools = [{ name: 'weather', input_schema: SCHEMA }]
      return [MESSAGES, messagesBody('hello', { model: named, ...(hasTools && { tools }) })]
    }
    case 'responses': {
      const tools = [{ type: 'function', name: 'weather', parameters: SCHEMA, strict: false }]
      return [RESPONSES, responsesBody('hello', { model: named, ...(hasTools && { tools }) })]
    }
    case 'gemini':
      return [
        `/v1beta/models/${named}:generateContent`,
        {
          contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
          ...(hasTools && { tools: [GEMINI_TOOL] }),
        },
      ]
    default:
      return ['/v1/completions', { model: named, prompt: 'hello' }]
  }
}

const TOOLS_ON_RESPONSES_ONLY = ['gpt-5.4', 'gpt-5.4-mini', 'gpt-5.5', 'gpt-5.6-sol', 'gpt-6']
const RESPONSES_ONLY = ['gpt-5.3-codex', 'gpt-5-pro', 'o1-pro', 'o3-pro-2025-06-10', 'gpt-5.4-pro']

describe('a model that answers on Responses only', () => {
  it.each(
    ['chat', 'messages', 'responses', 'gemini', 'completions'].flatMap((client) =>
      RESPONSES_ONLY.map((model) => [client, model] as const),
    ),
  )('is asked in it for a client of %s: %s', async (client, model) => {
    const { sluice, upstream } = await startHouse()
    const [path, body] = ask(client, model, false)
    const { status, headers } = await sluice.send(path, { body })
    expect(status).toBe(200)
    expect(callsOf(upstream).map((call) => call.path)).toEqual(['/v1/responses'])
    expect(headers['x-sluice-protocol']).toBe('openai-responses')
  })

  it('answers a Chat client in its own protocol, streamed and complete', async () => {
    const { sluice } = await startHouse()
    const body = chatBody('hello', { model: 'openai/gpt-5.3-codex' })
    const complete = await sluice.send(CHAT, { body })
    expect(checkChatAnswer(complete.json)).toEqual([])
    const streamed = await sluice.send(CHAT, { body: { ...body, stream: true } })
    expect(checkChatStream(streamed.bytes)).toEqual([])
  })
})

describe('a model that accepts function tools in Responses only', () => {
  it.each(
    ['chat', 'messages', 'responses', 'gemini'].flatMap((client) =>
      TOOLS_ON_RESPONSES_ONLY.map((model) => [client, model] as const),
    ),
  )('is given them there by a client of %s: %s', async (client, model) => {
    const { sluice, upstream } = await startHouse()
    const [path, body] = ask(client, model, true)
    const { status, headers } = await sluice.send(path, { body })
    expect(status).toBe(200)
    expect(callsOf(upstream).map((call) => call.path)).toEqual(['/v1/responses'])
    expect(JSON.stringify(callsOf(upstream)[0]?.body)).not.toContain('none')
    expect(headers['x-sluice-protocol']).toBe('openai-responses')
  })

  it('is still relayed to if there are no tools', async () => {
    for (const more of [{}, { tools: [] }, { tools: null }]) {
      const { sluice, upstream } = await startHouse()
      const body = chatBody('hello', { model: 'openai/gpt-5.5', ...more })
      const { headers } = await sluice.send(CHAT, { body })
      expect(callsOf(upstream)[0]?.path).toBe('/v1/chat/completions')
      expect(headers['x-sluice-protocol']).toBe('openai-chat')
    }
  })

  it('keeps the requested effort', async () => {
    const { sluice, upstream } = await startHouse()
    const tools = [CHAT_TOOL]
    await sluice.send(CHAT, {
      body: chatBody('hello', { model: 'openai/gpt-5.5', tools, reasoning_effort: 'high' }),
    })
    expect(callsOf(upstream)[0]?.body).toMatchObject({ reasoning: { effort: 'high' } })
  })

  it('keeps the fields that Chat and Responses share', async () => {
    const { sluice, upstream } = await startHouse()
    const shared = {
      metadata: { run: '7' },
      prompt_cache_key: 'a-key',
      service_tier: 'flex',
    }
    const { headers } = await sluice.send(CHAT, {
      body: chatBody('hello', {
        model: 'openai/gpt-5.5',
        tools: [CHAT_TOOL],
        verbosity: 'low',
        ...shared,
      }),
    })
    expect(callsOf(upstream)[0]?.body).toMatchObject({ ...shared, text: { verbosity: 'low' } })
    expect(headers['x-sluice-dropped']).toBeUndefined()
  })

  it('is asked in the configured protocol if there is only one', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [{ ...openaiAt(upstream.url), protocols: ['openai-chat'] }],
    })
    for (const client of ['chat', 'messages']) {
      const [path, body] = ask(client, 'gpt-5.5', true)
      await sluice.send(path, { body })
    }
    expect(callsOf(upstream).map((call) => call.path)).toEqual([
      '/v1/chat/completions',
      '/v1/chat/completions',
    ])
  })
})

describe('each target', () => {
  it('is asked in a protocol of its own after the previous target failed', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [
        { ...openaiAt(upstream.url), name: 'first' },
        { ...openaiAt(upstream.url), name: 'second' },
        anthropicAt(upstream.url),
      ],
      aliases: [{ name: 'any', targets: ['first/gpt-5.5', 'second/gpt-4o'] }],
    })
    upstream.next({ fault: { status: 500 } })
    const { headers } = await sluice.send(CHAT, {
      body: chatBody('hello', { model: 'any', tools: [CHAT_TOOL] }),
    })
    expect(callsOf(upstream).map((call) => call.path)).toEqual([
      '/v1/responses',
      '/v1/chat/completions',
    ])
    expect(headers['x-sluice-protocol']).toBe('openai-chat')
  })
})

describe('the languages of a provider', () => {
  const azure = createVendorProvider('azure', {
    transport: nowhere,
    baseUrl: 'https://somewhere.example',
  })
  const names = (model: string, hasTools: boolean) =>
    usableProtocols(azure, model, hasTools).map(({ name }) => name)

  it('are the same at Azure', () => {
    expect(names('gpt-5.5', true)).toEqual(['openai-responses'])
    expect(names('gpt-5.5', false)).toEqual(['openai-chat', 'openai-responses'])
    expect(names('gpt-5-codex', false)).toEqual(['openai-responses'])
  })

  it('are all, for models that take tools everywhere', () => {
    for (const model of ['gpt-4o', 'gpt-5', 'gpt-5.1', 'gpt-5.2', 'o3', 'gpt-5.5-chat-latest'])
      expect(names(model, true)).toContain('openai-chat')
  })
})

it('sees in the outline of a body whether it has tools', () => {
  const brings = (json: string) => {
    const body = Buffer.from(json)
    return bringsTools({ body }, readEnvelope({ body }, 64))
  }
  expect(brings('{"model":"m","tools":[{"type":"function"}]}')).toBe(true)
  expect(brings('{"model":"m","functions":[ \n{}]}')).toBe(true)
  expect(brings('{"model":"m","tools":[],"tools":[{}]}')).toBe(true)
  expect(brings('{"model":"m","tools":[ \n ]}')).toBe(false)
  expect(brings('{"model":"m","tools":null}')).toBe(false)
  expect(brings('{"model":"m","messages":[{"tools":[1]}]}')).toBe(false)
})
