/** What is known of a target, and who said it. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '#model'
import {
  createVendorProvider,
  type ModelInfo,
  type Provider,
  type VendorName,
  VENDORS,
} from '#providers'
import { createCapabilities, judge, type ModelSettings } from '#router'
import { closeLater } from '../../tools/app/house.ts'
import { nowhere } from '../../tools/providers/nowhere.ts'
import { startVendorServer } from '../../tools/providers/vendor-server.ts'
import { createTransport } from '#transport'

/** A provider that has fetched this list. */
const listing = async (vendor: VendorName, entries: readonly JsonObject[]): Promise<Provider> => {
  const list = vendor === 'gemini' ? { models: entries } : { data: entries }
  const server = closeLater(await startVendorServer(() => ({ body: list })))
  const transport = closeLater(createTransport({ keepAliveMs: 1000 }))
  const provider = createVendorProvider(vendor, { transport, baseUrl: server.url })
  await provider.fetchModels(AbortSignal.timeout(5000))
  return provider
}

const at = (vendor: VendorName): Provider =>
  createVendorProvider(vendor, { transport: nowhere, baseUrl: VENDORS[vendor].baseUrl ?? '' })

const lacksOf = (provider: Provider, model: string, models: readonly ModelSettings[] = []) => {
  const { lacks, context } = createCapabilities({ models }).limitsOf({ provider, model })
  return { ...Object.fromEntries(lacks), ...(context && { context }) }
}

describe('the list of Anthropic', () => {
  it('says what a model cannot do, and how much it reads', async () => {
    const no = { supported: false }
    const capabilities = { image_input: no, pdf_input: no, thinking: no, structured_outputs: no }
    const provider = await listing('anthropic', [
      { id: 'claude-old', max_input_tokens: 200_000, capabilities },
      { id: 'claude-new', capabilities: { image_input: { supported: true } } },
      { id: 'claude-bare' },
    ])
    expect(lacksOf(provider, 'claude-old')).toEqual({
      images: 'model list',
      pdfs: 'model list',
      reasoning: 'model list',
      audio: 'vendor',
      context: { tokens: 200_000, source: 'model list' },
    })
    expect(lacksOf(provider, 'claude-new')).toEqual({ audio: 'vendor' })
    expect(lacksOf(provider, 'claude-bare')).toEqual({ audio: 'vendor' })
    expect(lacksOf(provider, 'claude-unlisted')).toEqual({ audio: 'vendor' })
  })
})

describe('the list of OpenRouter', () => {
  it('says what a model cannot do, and how much it reads', async () => {
    const provider = await listing('openrouter', [
      {
        id: 'a/text',
        context_length: 32_000,
        architecture: { input_modalities: ['text'] },
        supported_parameters: ['max_tokens'],
      },
      {
        id: 'a/all',
        architecture: { input_modalities: ['text', 'image', 'audio'] },
        supported_parameters: ['tools', 'structured_outputs', 'reasoning'],
      },
      { id: 'a/bare' },
    ])
    expect(lacksOf(provider, 'a/text')).toEqual({
      tools: 'model list',
      images: 'model list',
      audio: 'model list',
      json_schema: 'model list',
      reasoning: 'model list',
      context: { tokens: 32_000, source: 'model list' },
    })
    expect(lacksOf(provider, 'a/all')).toEqual({})
    expect(lacksOf(provider, 'a/bare')).toEqual({})
  })
})

describe('the list of Gemini', () => {
  it('says which model does not think, and how much it reads', async () => {
    const provider = await listing('gemini', [
      { name: 'models/gemini-x', inputTokenLimit: 1000, thinking: false },
    ])
    expect(lacksOf(provider, 'gemini-x')).toEqual({
      reasoning: 'model list',
      context: { tokens: 1000, source: 'model list' },
    })
  })
})

describe('a vendor', () => {
  it.each([
    [
      'openai',
      'gpt-4',
      {
        images: 'vendor',
        pdfs: 'vendor',
        audio: 'vendor',
        json_schema: 'vendor',
        reasoning: 'vendor',
      },
    ],
    ['openai', 'gpt-4o', { audio: 'vendor', reasoning: 'vendor' }],
    ['openai', 'gpt-4o-audio-preview', { reasoning: 'vendor' }],
    ['openai', 'gpt-5.5', {}],
    ['openai', 'made-up', {}],
    ['anthropic', 'claude-3-haiku-20240307', { audio: 'vendor', reasoning: 'vendor' }],
    ['gemini', 'gemini-2.0-flash', { reasoning: 'vendor' }],
    ['deepseek', 'deepseek-flash', {}],
  ] as const)('%s says of %s', (vendor, model, lacks) => {
    expect(lacksOf(at(vendor), model)).toEqual(lacks)
  })

  it('says nothing of the models at another address', () => {
    const provider = createVendorProvider('openai', {
      transport: nowhere,
      baseUrl: 'http://127.0.0.1:9/v1',
    })
    expect(lacksOf(provider, 'gpt-4')).toEqual({ reasoning: 'vendor' })
  })
})

describe('the configuration', () => {
  it('takes precedence over all that is known', () => {
    const models = [
      { target: 'openai/gpt-4*', abilities: { images: true, streaming: false }, context: 10 },
    ]
    expect(lacksOf(at('openai'), 'gpt-4o', models)).toEqual({
      audio: 'vendor',
      reasoning: 'vendor',
      streaming: 'configuration',
      context: { tokens: 10, source: 'configuration' },
    })
    expect(lacksOf(at('openai'), 'gpt-4', models)).not.toHaveProperty('images')
  })

  it('counts by the exact name, then by the first pattern', () => {
    const models: readonly ModelSettings[] = [
      { target: 'openai/*', abilities: { tools: false } },
      { target: '*', abilities: { images: false } },
      { target: 'openai/gpt-5.5', abilities: { pdfs: false } },
    ]
    expect(lacksOf(at('openai'), 'gpt-5.5', models)).toEqual({ pdfs: 'configuration' })
    expect(lacksOf(at('openai'), 'gpt-5', models)).toEqual({ tools: 'configuration' })
    expect(lacksOf(at('deepseek'), 'x', models)).toEqual({ images: 'configuration' })
  })
})

it('a new list counts at once, and names that clients choose are not kept for ever', () => {
  let list: readonly ModelInfo[] | undefined
  const provider = {
    kind: 'local',
    name: 'one',
    traits: (model: string) => ({ provider: 'one', model }),
    knownModels: () => list,
  } as unknown as Provider
  const capabilities = createCapabilities({})
  const target = { provider, model: 'a' }
  expect(capabilities.limitsOf(target).lacks.size).toBe(0)
  expect(capabilities.limitsOf(target)).toBe(capabilities.limitsOf(target))
  list = [{ id: 'a', abilities: { tools: false } }]
  expect(capabilities.limitsOf(target).lacks.get('tools')).toBe('model list')
  const kept = capabilities.limitsOf(target)
  for (let count = 0; count < 1001; count++)
    capabilities.limitsOf({ provider, model: `name-${count}` })
  expect(capabilities.limitsOf(target)).not.toBe(kept)
})

describe('a context', () => {
  const longBy = (tokens: number) => ({
    has: () => false,
    exceeds: (most: number) => (tokens > most ? tokens : undefined),
  })
  const target = { provider: at('deepseek'), model: 'x' }

  it('is too short only if it is exceeded by a quarter', () => {
    const models = [{ target: '*', abilities: {}, context: 10_000 }]
    const capabilities = createCapabilities({ models })
    expect(judge(target, longBy(12_500), capabilities)).toEqual([])
    expect(judge(target, longBy(12_501), capabilities)).toEqual([
      {
        need: 'context',
        source: 'configuration',
        isMild: false,
        tokens: { available: 10_000, needed: 12_501 },
      },
    ])
  })

  it('from the prices refuses nothing, and is searched for long calls only', () => {
    let searched = 0
    const capabilities = createCapabilities({
      publishedContext: () => {
        searched++
        return 10_000
      },
    })
    expect(judge(target, longBy(4000), capabilities)).toEqual([])
    expect(searched).toBe(0)
    expect(judge(target, longBy(20_000), capabilities)).toMatchObject([
      { need: 'context', source: 'price list', isMild: true },
    ])
  })
})
