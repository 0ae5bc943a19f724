/** What each vendor's row says, shown on what is sent to a server in its place. */
import { describe, expect, it } from 'vitest'
import { openaiChat } from '#protocols'
import {
  createVendorProvider,
  type Quirk,
  type Vendor,
  VENDOR_NAMES,
  type VendorName,
  VENDORS,
} from '#providers'
import { createCapabilities } from '#router'
import type { Transport } from '#transport'
import { usableProtocols } from '../../src/gateway/lanes/choose-protocol.ts'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../tools/app/asks.ts'
import { closeLater, sluiceForTest } from '../tools/app/house.ts'
import { nowhere } from '../tools/providers/nowhere.ts'
import { chatAnswer, startVendorServer } from '../tools/providers/vendor-server.ts'

const KEY = 'key-of-the-vendor'

const vendorOf = (name: VendorName): Vendor => VENDORS[name]

/** A name that every rule of a row fits. */
const EXAMPLES: Readonly<Partial<Record<VendorName, readonly string[]>>> = {
  openai: ['gpt-4o', 'gpt-5.3-codex', 'gpt-5.5', 'gpt-4'],
  azure: ['gpt-5.3-codex', 'gpt-5.5'],
  xai: ['grok-4.20', 'grok-4.6'],
  moonshot: ['kimi-k2.6'],
  openrouter: ['deepseek/deepseek-v4-pro'],
  siliconflow: ['deepseek-ai/DeepSeek-V4-Flash'],
}

interface Row {
  readonly vendor: VendorName
  readonly quirk: Quirk
}

const ROWS: readonly Row[] = VENDOR_NAMES.flatMap((vendor) =>
  vendorOf(vendor).quirks.map((quirk) => ({ vendor, quirk })),
)

const rowsWith = (holds: (quirk: Quirk) => unknown) =>
  ROWS.filter(({ quirk }) => holds(quirk)).map(
    ({ vendor, quirk }) => [vendor, quirk.fact, quirk] as const,
  )

const modelFor = (vendor: VendorName, { models }: Quirk): string =>
  (EXAMPLES[vendor] ?? []).find((name) => models?.test(name)) ?? 'some-model'

const providerOf = (vendor: VendorName) =>
  createVendorProvider(vendor, {
    transport: nowhere,
    baseUrl: vendorOf(vendor).baseUrl ?? 'https://somewhere.example',
  })

const traitsOf = (vendor: VendorName, model: string) => providerOf(vendor).traits(model)

const codec = (() => {
  if (!openaiChat.codec) throw new Error('chat can be translated')
  return openaiChat.codec
})()

const encoded = (vendor: VendorName, model: string, more: Record<string, unknown>) =>
  codec.encodeRequest(
    codec.decodeRequest({ ...chatBody('hello', { model }), ...more }),
    traitsOf(vendor, model),
  )

/** The vendor as a provider of Sluice, at a scripted server. */
const houseOf = async (
  vendor: VendorName,
  answer: () => { headers?: Record<string, string>; body: unknown } = () => ({
    body: chatAnswer(),
  }),
) => {
  const server = closeLater(await startVendorServer(answer))
  const sluice = await sluiceForTest({
    providers: [
      { name: vendor, vendor, apiKey: KEY, baseUrl: server.url, protocols: ['openai-chat'] },
    ],
  })
  return { server, sluice }
}

describe('a row', () => {
  it.each(ROWS.map(({ vendor, quirk }) => [vendor, quirk] as const))(
    'of %s names its source, and when that was read',
    (_vendor, { fact, link, date }) => {
      expect(fact).toMatch(/\.$/)
      expect(URL.canParse(link.split(' ')[0] ?? '')).toBe(true)
      expect(date).toMatch(/^20\d\d-\d\d$/)
    },
  )
})

describe('every vendor', () => {
  it.each(VENDOR_NAMES)('%s is reached with its key, in its header', async (vendor) => {
    const { server, sluice } = await houseOf(vendor)
    const { status } = await sluice.send(MESSAGES, {
      body: messagesBody('hello', { model: `${vendor}/some-model` }),
    })
    expect(status).toBe(200)
    const header = vendorOf(vendor).keyHeader ?? 'authorization'
    expect(server.asked[0]?.headers[header]).toBe(
      header === 'authorization' ? `Bearer ${KEY}` : KEY,
    )
    expect(sluice.rawLog()).not.toContain(KEY)
  })

  it.each(VENDOR_NAMES)('%s has its own path after an address without one', async (vendor) => {
    const { server, sluice } = await houseOf(vendor)
    await sluice.send(MESSAGES, {
      body: messagesBody('hello', { model: `${vendor}/some-model` }),
    })
    const { baseUrl, basePath = '', toBaseUrl = (url) => url } = vendorOf(vendor)
    const path = baseUrl === undefined ? basePath : new URL(toBaseUrl(baseUrl)).pathname
    const prompt = server.asked.find(({ method }) => method === 'POST')
    expect(prompt?.path).toBe(`${path.replace(/\/$/, '')}/chat/completions`)
  })

  it.each(VENDOR_NAMES)('%s reports why it refuses, and the client receives it', async (vendor) => {
    const server = closeLater(
      await startVendorServer(() => ({
        status: 422,
        body: { object: 'error', message: 'Not like this.', type: 'invalid_request_error' },
      })),
    )
    const sluice = await sluiceForTest({
      providers: [{ name: vendor, vendor, baseUrl: server.url, protocols: ['openai-chat'] }],
    })
    const { status, json } = await sluice.send(MESSAGES, {
      body: messagesBody('hello', { model: `${vendor}/some-model` }),
    })
    expect(status).toBe(422)
    expect(json).toMatchObject({ type: 'error', error: { message: 'Not like this.' } })
  })
})

describe('a field that is refused', () => {
  const FIELDS: Readonly<Record<string, unknown>> = {
    logprobs: true,
    top_logprobs: 2,
    logit_bias: { '7': 1 },
    seed: 7,
    user: 'somebody',
    store: true,
    verbosity: 'low',
    temperature: 0.3,
    top_p: 0.5,
    stop: ['end'],
    presence_penalty: 0.5,
    frequency_penalty: 0.5,
    reasoning_effort: 'low',
  }

  it.each(rowsWith(({ traits }) => traits?.lacks))(
    '%s: what its models lack is known: %s',
    (vendor, _fact, quirk) => {
      const target = { provider: providerOf(vendor), model: modelFor(vendor, quirk) }
      const { lacks } = createCapabilities({}).limitsOf(target)
      for (const ability of quirk.traits?.lacks ?? []) expect(lacks.get(ability)).toBe('vendor')
    },
  )

  it.each(rowsWith(({ traits }) => traits?.refusedFields))(
    'by %s is omitted and named: %s',
    (vendor, _fact, quirk) => {
      const model = modelFor(vendor, quirk)
      const refused = quirk.traits?.refusedFields ?? []
      for (const field of refused) expect(FIELDS).toHaveProperty(field)
      const { body, dropped } = encoded(vendor, model, FIELDS)
      for (const field of refused) expect(body).not.toHaveProperty(field)
      expect(dropped.length).toBeGreaterThanOrEqual(refused.length)
      // Without the row, it would be sent.
      const elsewhere = encoded('nvidia', 'some-model', FIELDS).body
      for (const field of refused) expect(elsewhere).toHaveProperty(field)
    },
  )

  it('is named to a client of another protocol by its name in that protocol', async () => {
    const { server, sluice } = await houseOf('moonshot')
    const { headers } = await sluice.send(MESSAGES, {
      body: messagesBody('hello', { model: 'moonshot/kimi-k2.6', temperature: 0.3 }),
    })
    expect(server.asked[0]?.body).not.toHaveProperty('temperature')
    expect(headers['x-sluice-dropped']).toBe('temperature')
  })
})

describe('a keyword of schemas that is refused', () => {
  interface Parameters {
    readonly properties: Readonly<Record<string, { readonly items?: unknown }>>
  }

  const schemaWith = (keywords: readonly string[]) => ({
    type: 'object',
    properties: {
      // A property may be called as a keyword is.
      ...Object.fromEntries(keywords.map((keyword) => [keyword, { type: 'string' }])),
      list: {
        type: 'array',
        items: { type: 'string', ...Object.fromEntries(keywords.map((keyword) => [keyword, 1])) },
      },
    },
  })

  it.each(rowsWith(({ traits }) => traits?.refusedSchemaKeywords))(
    'by %s is removed from tools, at any depth: %s',
    async (vendor, _fact, quirk) => {
      const keywords = quirk.traits?.refusedSchemaKeywords ?? []
      const { server, sluice } = await houseOf(vendor)
      const { headers } = await sluice.send(MESSAGES, {
        body: messagesBody('hello', {
          model: `${vendor}/some-model`,
          tools: [{ name: 'look', input_schema: schemaWith(keywords) }],
        }),
      })
      expect(server.asked[0]?.body.tools).toMatchObject([
        { function: { parameters: schemaWith([]) } },
      ])
      const tools = server.asked.flatMap(
        ({ body }) => body.tools as { function: { parameters: Parameters } }[],
      )
      const properties = tools[0]?.function.parameters.properties ?? {}
      expect(properties.list?.items).toEqual({ type: 'string' })
      for (const keyword of keywords) expect(properties).toHaveProperty(keyword)
      const dropped = String(headers['x-sluice-dropped']).split(', ')
      expect(dropped).toEqual(keywords.map((keyword) => `tools.${keyword}`))
    },
  )

  it('is also removed from the schema of an answer', () => {
    const { body, dropped } = encoded('cerebras', 'some-model', {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'a', schema: { type: 'object', properties: {}, minProperties: 1 } },
      },
    })
    expect(JSON.stringify(body)).not.toContain('minProperties')
    expect(dropped).toContain('response_format.minProperties')
  })

  it('stays for a vendor that accepts it', () => {
    const tool = {
      type: 'function',
      function: { name: 'look', parameters: schemaWith(['pattern']) },
    }
    const { body, dropped } = encoded('groq', 'some-model', { tools: [tool] })
    expect(body.tools).toMatchObject([{ function: { parameters: schemaWith(['pattern']) } }])
    expect(dropped).toEqual([])
  })
})

describe('thoughts', () => {
  interface Block {
    readonly type: string
    readonly thinking?: string
  }

  it.each(rowsWith(({ reasoningIn }) => reasoningIn))(
    'of %s are read from their field: %s',
    async (vendor, _fact, { reasoningIn = 'reasoning' }) => {
      const { sluice } = await houseOf(vendor, () => ({
        body: chatAnswer({ [reasoningIn]: 'Let me see.' }),
      }))
      const { json } = await sluice.send(MESSAGES, {
        body: messagesBody('hello', { model: `${vendor}/some-model` }),
      })
      const [block] = json.content as Block[]
      expect(block).toMatchObject({ type: 'thinking', thinking: 'Let me see.' })
    },
  )

  it.each(rowsWith(({ traits }) => traits?.replayedReasoning))(
    'of %s are sent back in the required field: %s',
    async (vendor, _fact, { traits }) => {
      const field = traits?.replayedReasoning ?? 'reasoning_content'
      const { server, sluice } = await houseOf(vendor)
      const { headers } = await sluice.send(MESSAGES, {
        body: {
          ...messagesBody('hello', { model: `${vendor}/some-model` }),
          messages: [
            { role: 'user', content: 'hello' },
            {
              role: 'assistant',
              content: [
                { type: 'thinking', thinking: 'Let me see.', signature: `sluice.${vendor}.1` },
                { type: 'tool_use', id: 'call_1', name: 'look', input: {} },
              ],
            },
            {
              role: 'user',
              content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'x' }],
            },
          ],
          tools: [{ name: 'look', input_schema: { type: 'object' } }],
        },
      })
      const messages = server.asked[0]?.body.messages as Record<string, unknown>[]
      const said = messages.find(({ role }) => role === 'assistant')
      const fields = ['reasoning', 'reasoning_content'].filter((name) => said?.[name] !== undefined)
      expect(fields).toEqual(field === 'none' ? [] : [field])
      expect(headers['x-sluice-dropped']).toBe(field === 'none' ? 'thinking' : undefined)
    },
  )
})

describe('the messages of a conversation', () => {
  const call = (id: string) => ({
    id,
    type: 'function',
    function: { name: 'look', arguments: '{}' },
  })
  const CALLED = [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: null, tool_calls: [call('toolu_1')] },
    { role: 'tool', tool_call_id: 'toolu_1', content: 'x' },
    { role: 'user', content: 'and?' },
  ]
  const messagesFor = (vendor: VendorName, quirk: Quirk, messages: readonly object[]) =>
    encoded(vendor, modelFor(vendor, quirk), { messages }).body.messages as Record<
      string,
      unknown
    >[]

  it.each(rowsWith(({ traits }) => traits?.wantsCallThoughts))(
    'to %s have thoughts with every call, even if there were none: %s',
    (vendor, _fact, quirk) => {
      const { replayedReasoning = 'reasoning_content' } = traitsOf(vendor, modelFor(vendor, quirk))
      const [, said] = messagesFor(vendor, quirk, CALLED)
      expect(said?.[replayedReasoning]).toBe(' ')
    },
  )

  it.each(rowsWith(({ traits }) => traits?.refusesEmptyTurns))(
    'to %s have none that is empty: %s',
    (vendor, _fact, quirk) => {
      const user = { role: 'user', content: 'hello' }
      const empty = { role: 'assistant', content: '' }
      expect(messagesFor(vendor, quirk, [user, empty, user])).toEqual([user, user])
    },
  )

  it.each(rowsWith(({ traits }) => traits?.callIdLength))(
    'to %s name calls by ids of its length: %s',
    (vendor, _fact, quirk) => {
      const [, said, result] = messagesFor(vendor, quirk, CALLED)
      const id = String(result?.tool_call_id)
      expect(id).toMatch(/^[a-zA-Z0-9]+$/)
      expect(id).toHaveLength(quirk.traits?.callIdLength ?? 0)
      expect(said?.tool_calls).toMatchObject([{ id }])
    },
  )

  it.each(rowsWith(({ traits }) => traits?.wantsReplyToTools))(
    'to %s have an assistant message between a tool and a user: %s',
    (vendor, _fact, quirk) => {
      const roles = messagesFor(vendor, quirk, CALLED).map(({ role }) => role)
      expect(roles).toEqual(['user', 'assistant', 'tool', 'assistant', 'user'])
    },
  )

  it.each(rowsWith(({ traits }) => traits?.prefillField))(
    'to %s mark the last as one to continue: %s',
    (vendor, _fact, quirk) => {
      const messages = [...CALLED, { role: 'assistant', content: 'So' }]
      const field = quirk.traits?.prefillField ?? ''
      expect(messagesFor(vendor, quirk, messages).at(-1)).toMatchObject({ [field]: true })
      for (const each of messagesFor(vendor, quirk, CALLED)) expect(each).not.toHaveProperty(field)
    },
  )

  it.each(rowsWith(({ traits }) => traits?.takesSystemTurns === false))(
    'to %s have a system message at the start only: %s',
    (vendor, _fact, quirk) => {
      const system = { role: 'system', content: 'Be brief.' }
      const messages = messagesFor(vendor, quirk, [system, ...CALLED, system])
      expect(messages.filter(({ role }) => role === 'system')).toEqual([system])
      expect(messages.at(-1)).toMatchObject({
        role: 'user',
        content: '<system-reminder>\nBe brief.\n</system-reminder>',
      })
    },
  )

  it.each(rowsWith(({ traits }) => traits?.takesStreamOptions === false))(
    'to %s are sent without stream_options: %s',
    (vendor, _fact, quirk) => {
      const { body, dropped } = encoded(vendor, modelFor(vendor, quirk), {
        stream: true,
        stream_options: { include_usage: true },
      })
      expect(body).not.toHaveProperty('stream_options')
      expect(dropped).toEqual([])
    },
  )
})

describe('the other facts of a row', () => {
  it.each(rowsWith(({ limitHeaders }) => limitHeaders))(
    'of %s: limit headers reach a client of the same protocol: %s',
    async (vendor, _fact, { limitHeaders = [] }) => {
      const told = Object.fromEntries(limitHeaders.map((name) => [name, '7']))
      const { sluice } = await houseOf(vendor, () => ({ headers: told, body: chatAnswer() }))
      const { headers } = await sluice.send(CHAT, {
        body: chatBody('hello', { model: `${vendor}/some-model` }),
      })
      expect(headers).toMatchObject(told)
    },
  )

  it.each(rowsWith(({ traits }) => traits?.efforts))(
    'of %s: efforts that it does not know become one that it does: %s',
    (vendor, _fact, { traits }) => {
      const efforts = traits?.efforts ?? []
      for (const effort of ['minimal', 'low', 'medium', 'high', 'xhigh', 'max']) {
        const { body } = encoded(vendor, 'some-model', { reasoning_effort: effort })
        expect(efforts).toContain(body.reasoning_effort)
      }
    },
  )

  it.each(rowsWith(({ traits }) => traits?.refusedProtocols))(
    'of %s: a model is not asked in a protocol that it does not support: %s',
    (vendor, _fact, quirk) => {
      const { protocols } = providerOf(vendor)
      for (const name of quirk.traits?.refusedProtocols ?? []) {
        expect(protocols.map((protocol) => protocol.name)).toContain(name)
        expect(traitsOf(vendor, modelFor(vendor, quirk)).refusedProtocols).toContain(name)
      }
    },
  )

  it.each(rowsWith(({ traits }) => traits?.refusedWithTools))(
    'of %s: a model receives no tools in a protocol in which it takes none: %s',
    (vendor, _fact, quirk) => {
      const provider = providerOf(vendor)
      for (const name of quirk.traits?.refusedWithTools ?? []) {
        const spoken = (hasTools: boolean) =>
          usableProtocols(provider, modelFor(vendor, quirk), hasTools).map((each) => each.name)
        expect(spoken(false)).toContain(name)
        expect(spoken(true)).not.toContain(name)
        expect(spoken(true)).not.toEqual([])
      }
    },
  )

  it.each(rowsWith(({ traits }) => traits?.maxTokensField))(
    'of %s: the output limit is called as it calls it: %s',
    (vendor, _fact, { traits }) => {
      const { body } = encoded(vendor, 'some-model', { max_tokens: 77 })
      expect(body[traits?.maxTokensField ?? '']).toBe(77)
    },
  )

  it.each(rowsWith(({ traits }) => traits?.takesFreeformTools))(
    'of %s: tools that take plain text are not changed: %s',
    (vendor) => {
      const tools = [{ type: 'custom', custom: { name: 'patch' } }]
      expect(encoded(vendor, 'some-model', { tools }).body.tools).toEqual(tools)
    },
  )

  it.each(rowsWith(({ traits }) => traits?.streamOptions))(
    'of %s: streams are requested with its options: %s',
    (vendor, _fact, { traits }) => {
      const { body } = encoded(vendor, 'some-model', { stream: true })
      expect(body.stream_options).toMatchObject(traits?.streamOptions ?? {})
    },
  )
})

describe('a protocol at another path of the same address', () => {
  it.each(['deepseek', 'moonshot', 'zai'] as const)(
    'is asked in %s at its own address',
    (vendor) => {
      const own = createVendorProvider(vendor, { transport: nowhere })
      expect(own.protocols.map(({ name }) => name)).toContain('anthropic-messages')
      const elsewhere = createVendorProvider(vendor, {
        transport: nowhere,
        baseUrl: 'http://127.0.0.1:9/v1',
      })
      expect(elsewhere.protocols.map(({ name }) => name)).not.toContain('anthropic-messages')
    },
  )

  it.each([
    ['deepseek', '/anthropic/v1/messages', '/chat/completions'],
    ['moonshot', '/anthropic/v1/messages', '/v1/chat/completions'],
    ['zai', '/api/anthropic/v1/messages', '/api/paas/v4/chat/completions'],
  ] as const)('receives the calls in it for %s, and no others', (vendor, messages, chat) => {
    const paths: string[] = []
    const transport: Transport = {
      ...nowhere,
      send({ path }) {
        paths.push(path)
        return { pause: () => undefined, resume: () => undefined, abort: () => undefined }
      },
    }
    const provider = createVendorProvider(vendor, { transport })
    const handler = {
      onResponse: () => undefined,
      onData: () => undefined,
      onEnd: () => undefined,
      onError: () => undefined,
    }
    for (const path of ['/messages?beta=true', '/chat/completions'])
      provider.send({ method: 'POST', path, headers: [] }, handler)
    expect(paths).toEqual([`${messages}?beta=true`, chat])
  })
})

it('uses the configured protocols, in order of preference', () => {
  const { protocols } = createVendorProvider('ollama', {
    transport: nowhere,
    protocols: ['anthropic-messages', 'openai-chat'],
  })
  expect(protocols.map(({ name }) => name)).toEqual(['anthropic-messages', 'openai-chat'])
})
