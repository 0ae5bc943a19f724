/** Which model answers to which name, over the wire. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
} from '../tools/app/asks.ts'
import {
  callsOf,
  type House,
  sluiceForTest,
  startHouse,
  upstreamForTest,
} from '../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../tools/app/start-sluice.ts'
import { checkChatError, checkMessagesError } from '../tools/checkers/index.ts'

const targetOf = async (sluice: House, model: string, path = CHAT) => {
  const body = path === CHAT ? chatBody('hello', { model }) : messagesBody('hello', { model })
  const { headers } = await sluice.send(path, { body })
  return headers['x-sluice-target']
}

const alias = (name: string, ...targets: string[]) => ({ name, targets })

/** One vendor only. */
const houseOf = async (
  vendor: 'openai' | 'anthropic',
  options: Partial<AppOptions> & { models?: string[] } = {},
) => {
  const { models = [], ...rest } = options
  const upstream = await upstreamForTest({ models })
  const provider = vendor === 'openai' ? openaiAt(upstream.url) : anthropicAt(upstream.url)
  return { upstream, sluice: await sluiceForTest({ providers: [provider], ...rest }) }
}

describe('first, a configured provider in front of the name', () => {
  it.each([
    [`openai/${GPT}`, `openai/${GPT}`],
    [`anthropic/${CLAUDE}`, `anthropic/${CLAUDE}`],
    [`anthropic/${GPT}`, `anthropic/${GPT}`],
    ['openai/meta/llama/3:free', 'openai/meta/llama/3:free'],
    ['openai/openai/gpt', 'openai/openai/gpt'],
  ])('%s leads to %s', async (name, target) => {
    const { sluice } = await startHouse()
    expect(await targetOf(sluice, name)).toBe(target)
  })

  it('is forwarded without that provider, and otherwise unchanged', async () => {
    const { sluice, upstream } = await startHouse()
    await targetOf(sluice, 'openai/Meta/LLaMA 3')
    expect(callsOf(upstream)[0]?.body).toMatchObject({ model: 'Meta/LLaMA 3' })
  })

  it('wins over an alias of the same name', async () => {
    const { sluice } = await startHouse({ aliases: [alias(`openai/${GPT}`, 'openai/gpt-4.1')] })
    expect(await targetOf(sluice, `openai/${GPT}`)).toBe(`openai/${GPT}`)
  })

  it('counts only if the provider is configured', async () => {
    const { sluice } = await houseOf('openai', { aliases: [alias('anthropic/x', 'openai/gpt-5')] })
    expect(await targetOf(sluice, 'anthropic/x')).toBe('openai/gpt-5')
  })
})

describe('second, aliases', () => {
  const aliases = [
    alias('/^gpt-4o(-.*)?$/', 'openai/by-regex$1'),
    alias('gpt-4o*', 'openai/by-wildcard*'),
    alias('gpt-4o', 'openai/by-name'),
    alias('claude-*-latest', 'anthropic/claude-*'),
    alias('/^O(\\d)-(\\w+)$/i', 'openai/o$1-$2'),
    alias('outer', 'inner'),
    alias('inner', GPT.replace('4o', '4.1')),
    alias('loop', 'loop'),
    alias('a+b (c).*', 'openai/literal-*'),
  ]

  it.each([
    ['gpt-4o', 'openai/by-name'],
    ['gpt-4o-mini', 'openai/by-wildcard-mini'],
    ['claude-opus-latest', 'anthropic/claude-opus'],
    ['O4-MINI', 'openai/o4-MINI'],
    ['outer', 'openai/gpt-4.1'],
    ['a+b (c).x', 'openai/literal-x'],
  ])('%s leads to %s: the exact name, then wildcards, then expressions', async (name, target) => {
    const { sluice } = await startHouse({ aliases })
    expect(await targetOf(sluice, name)).toBe(target)
  })

  it('win over a name that a vendor owns', async () => {
    const { sluice } = await startHouse({ aliases: [alias(CLAUDE, `openai/${GPT}`)] })
    expect(await targetOf(sluice, CLAUDE, MESSAGES)).toBe(`openai/${GPT}`)
  })

  it('that lead in a circle end', async () => {
    const { sluice } = await startHouse({ aliases })
    expect((await sluice.send(CHAT, { body: chatBody('x', { model: 'loop' }) })).status).not.toBe(
      500,
    )
  })
})

describe('third, the provider that lists the name or whose vendor it is', () => {
  it.each([
    [GPT, `openai/${GPT}`],
    ['o4-mini', 'openai/o4-mini'],
    ['chatgpt-next', 'openai/chatgpt-next'],
    [CLAUDE, `anthropic/${CLAUDE}`],
    ['claude-9', 'anthropic/claude-9'],
  ])('%s leads to %s, in any protocol', async (name, target) => {
    const { sluice } = await startHouse()
    expect(await targetOf(sluice, name)).toBe(target)
    expect(await targetOf(sluice, name, MESSAGES)).toBe(target)
  })

  it('fetches the providers’ lists if the name is not enough', async () => {
    const { sluice, upstream } = await startHouse({ upstream: { models: ['house-model'] } })
    expect(await targetOf(sluice, 'house-model', MESSAGES)).toBe('openai/house-model')
    expect(upstream.calls.map(({ method, path }) => `${method} ${path}`)).toContain(
      'GET /v1/models',
    )
  })

  it('prefers a provider that lists a name to the presets of its absent vendor', async () => {
    const { sluice } = await houseOf('openai', { models: ['claude-by-proxy'] })
    expect(await targetOf(sluice, 'claude-by-proxy')).toBe('openai/claude-by-proxy')
  })

  it('fetches no list if the name is enough', async () => {
    const { sluice, upstream } = await startHouse()
    await targetOf(sluice, GPT)
    await targetOf(sluice, `anthropic/${CLAUDE}`, MESSAGES)
    expect(upstream.calls.filter(({ method }) => method === 'GET')).toEqual([])
  })
})

describe('fourth, presets for a vendor that is not configured', () => {
  it.each(['claude-sonnet-5', 'claude-opus-5', 'claude-haiku-4-5'])(
    'puts %s on a model of OpenAI',
    async (name) => {
      const { sluice } = await houseOf('openai')
      expect(await targetOf(sluice, name, MESSAGES)).toMatch(/^openai\/gpt-/)
    },
  )

  it.each(['gpt-5.5', 'gpt-5-mini', 'o4-mini', 'chatgpt-4o-latest'])(
    'puts %s on a model of Anthropic',
    async (name) => {
      const { sluice } = await houseOf('anthropic')
      expect(await targetOf(sluice, name)).toMatch(/^anthropic\/claude-/)
    },
  )

  it.each([
    ['gemini-3-pro-preview', 'anthropic/claude-sonnet-5-5', 'openai/gpt-5.5'],
    ['gemini-2.5-flash-lite', 'anthropic/claude-haiku-5-5', 'openai/gpt-5.4-mini'],
  ])('maps %s to a configured provider', async (name, ...models) => {
    for (const vendor of ['anthropic', 'openai'] as const) {
      const { sluice } = await houseOf(vendor)
      const { headers } = await sluice.send(`/v1beta/models/${name}:generateContent`, {
        body: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
      })
      expect(models).toContain(headers['x-sluice-target'])
      expect(headers['x-sluice-target']).toMatch(new RegExp(`^${vendor}/`))
    }
  })

  it('puts no name of an embedding model on a model that chats', async () => {
    const { sluice } = await houseOf('openai')
    expect(await targetOf(sluice, 'gemini-embedding-001')).toBe('openai/gemini-embedding-001')
  })

  it('are not used while the vendor is configured', async () => {
    const { sluice } = await startHouse()
    expect(await targetOf(sluice, 'claude-haiku-0', MESSAGES)).toBe('anthropic/claude-haiku-0')
    expect(await targetOf(sluice, 'gpt-0-mini')).toBe('openai/gpt-0-mini')
  })

  it('can be turned off', async () => {
    const { sluice } = await houseOf('openai', { presets: false })
    expect(await targetOf(sluice, 'claude-sonnet-5')).toBe('openai/claude-sonnet-5')
  })
})

describe('fifth, the default', () => {
  it('is used for an unknown name', async () => {
    const { sluice } = await startHouse({ defaultModel: CLAUDE })
    expect(await targetOf(sluice, 'whatever')).toBe(`anthropic/${CLAUDE}`)
  })

  it('may be an alias', async () => {
    const { sluice } = await startHouse({
      defaultModel: 'fast',
      aliases: [alias('fast', 'openai/gpt-4o-mini')],
    })
    expect(await targetOf(sluice, 'whatever', MESSAGES)).toBe('openai/gpt-4o-mini')
  })

  it('is otherwise the provider of the client’s own protocol, with the name unchanged', async () => {
    const { sluice, upstream } = await startHouse()
    expect(await targetOf(sluice, 'my model')).toBe('openai%2Fmy%20model')
    expect(await targetOf(sluice, 'mine', MESSAGES)).toBe('anthropic/mine')
    expect(callsOf(upstream).map(({ body }) => (body as { model: string }).model)).toEqual([
      'my model',
      'mine',
    ])
  })
})

describe('sixth, not found', () => {
  it('is a 404 with the nearest names, in the dialect of the client', async () => {
    const { sluice } = await houseOf('anthropic')
    const { status, json } = await sluice.send(CHAT, {
      body: chatBody('hello', { model: 'cluade-opus-5' }),
    })
    expect(status).toBe(404)
    expect(checkChatError(json)).toEqual([])
    expect(json).toMatchObject({ error: { param: 'model', code: 'model_not_found' } })
    expect(JSON.stringify(json)).toContain('anthropic/claude-opus-5')
  })

  it('also names the nearest alias', async () => {
    const { sluice } = await houseOf('openai', {
      aliases: [alias('house-fast', 'openai/gpt-4o-mini')],
    })
    const { status, json } = await sluice.send(MESSAGES, {
      body: messagesBody('hello', { model: 'house-fats' }),
    })
    expect(status).toBe(404)
    expect(checkMessagesError(json)).toEqual([])
    expect(JSON.stringify(json)).toContain("'house-fast'")
  })

  it('also if no provider is configured, and no demo', async () => {
    const sluice = await sluiceForTest()
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(404)
  })
})

describe('the name in the answer', () => {
  const aliases = [alias('relayed', `openai/${GPT}`), alias('translated', `anthropic/${CLAUDE}`)]

  it("is the upstream's own on the relay lane", async () => {
    const { sluice } = await startHouse({ aliases })
    const { json, headers } = await sluice.send(CHAT, {
      body: chatBody('hello', { model: 'relayed' }),
    })
    expect(json.model).toBe(GPT)
    expect(headers).toMatchObject({
      'x-sluice-model': 'relayed',
      'x-sluice-target': `openai/${GPT}`,
    })
  })

  it('is the requested one on the translate lane, streamed or not', async () => {
    const { sluice } = await startHouse({ aliases })
    for (const stream of [true, false]) {
      const { text, headers } = await sluice.send(CHAT, {
        body: chatBody('hello', { model: 'translated', stream }),
      })
      const models = [...text.matchAll(/"model":"([^"]*)"/g)].map(([, model]) => model)
      expect(new Set(models)).toEqual(new Set(['translated']))
      expect(headers).toMatchObject({
        'x-sluice-model': 'translated',
        'x-sluice-target': `anthropic/${CLAUDE}`,
      })
    }
  })

  it.each([{ status: 400 }, { status: 500 }])(
    'and the one that answered are also in headers of failures: $status',
    async (fault) => {
      const { sluice, upstream } = await startHouse({ aliases })
      upstream.next({ fault }, { fault }, { fault })
      const { headers } = await sluice.send(CHAT, {
        body: chatBody('hello', { model: 'translated' }),
      })
      expect(headers).toMatchObject({
        'x-sluice-model': 'translated',
        'x-sluice-target': `anthropic/${CLAUDE}`,
      })
    },
  )
})

describe('Responses', () => {
  it('reaches a model whose upstream does not support it', async () => {
    const { sluice } = await startHouse()
    const { status, headers, json } = await sluice.send(RESPONSES, {
      body: { model: CLAUDE, input: 'x' },
    })
    expect(status).toBe(200)
    expect(headers['x-sluice-target']).toBe(`anthropic/${CLAUDE}`)
    expect(json).toMatchObject({ object: 'response', status: 'completed', model: CLAUDE })
  })

  it('follows aliases', async () => {
    const { sluice } = await startHouse({ aliases: [alias('codex', `openai/${GPT}`)] })
    const { status, headers } = await sluice.send(RESPONSES, {
      body: { model: 'codex', input: 'x' },
    })
    expect(status).toBe(200)
    expect(headers['x-sluice-target']).toBe(`openai/${GPT}`)
  })
})
