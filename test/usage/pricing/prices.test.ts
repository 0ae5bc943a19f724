/** Costs worked out by hand from the prices that vendors publish. */
import { readFileSync } from 'node:fs'
import { findProvider } from '@pydantic/genai-prices'
import { beforeAll, describe, expect, it } from 'vitest'
import { NO_USAGE, type Usage } from '#model'
import { VENDOR_NAMES } from '#providers'
import { createPrices, type OwnPrice } from '#usage'
import { CATALOGUE_RELEASE } from '../../../src/usage/pricing/catalogue.ts'
import { priceListOf } from '../../../src/usage/pricing/price-lists.ts'

const NOON = Date.UTC(2026, 9, 1, 12)

const createAll = (own: readonly OwnPrice[] = []) => {
  const vendors = new Map<string, string>(VENDOR_NAMES.map((name) => [name, name]))
  return createPrices({ own, vendors: vendors.set('mine', 'openai').set('built', 'google-genai') })
}

const { price, load } = createAll()
beforeAll(load)

const costAt = (target: string, usage: Partial<Usage>, atMs = NOON): number | null => {
  const slash = target.indexOf('/')
  const settled = { provider: target.slice(0, slash), model: target.slice(slash + 1) }
  return price(settled, { ...NO_USAGE, ...usage }, atMs)
}

const M = 1_000_000

describe('a published price', () => {
  it.each<[string, string, Partial<Usage>, number]>([
    // $2.50 for input, $1.25 for cached input, $10 for output.
    [
      'OpenAI with cached input',
      'openai/gpt-4o-2024-11-20',
      { inputTokens: 2006, cacheReadTokens: 1920, outputTokens: 300 },
      (86 * 2.5 + 1920 * 1.25 + 300 * 10) / M,
    ],
    // $1.25 and $10; thoughts are output.
    [
      'OpenAI with thoughts',
      'openai/gpt-5',
      { inputTokens: 75, outputTokens: 1186, reasoningTokens: 1024 },
      (75 * 1.25 + 1186 * 10) / M,
    ],
    // $4, $32 for sound, $0.40 for cached, $16 and $64 for sound.
    [
      'OpenAI with sound',
      'openai/gpt-realtime',
      {
        inputTokens: 132,
        cacheReadTokens: 64,
        audioInputTokens: 13,
        outputTokens: 121,
        audioOutputTokens: 91,
      },
      (64 * 0.4 + 13 * 32 + 55 * 4 + 91 * 64 + 30 * 16) / M,
    ],
    // $3, $3.75 for five minutes, $6 for an hour, $0.30 from the cache, $15.
    [
      'Anthropic with a cache that is read, and written for both times',
      'anthropic/claude-sonnet-4-5-20250929',
      {
        inputTokens: 2048 + 1800 + 556,
        cacheReadTokens: 1800,
        cacheWriteTokens: 556,
        cacheWrite1hTokens: 100,
        outputTokens: 503,
      },
      (2048 * 3 + 1800 * 0.3 + 456 * 3.75 + 100 * 6 + 503 * 15) / M,
    ],
    // $5, $10 for an hour, $25.
    [
      'Anthropic with a cache for an hour',
      'anthropic/claude-opus-4-5',
      {
        inputTokens: 188_086,
        cacheWriteTokens: 188_065,
        cacheWrite1hTokens: 188_065,
        outputTokens: 393,
      },
      (21 * 5 + 188_065 * 10 + 393 * 25) / M,
    ],
    // $1.25 and $10, up to 200,000 tokens of input.
    [
      'Gemini with a context that is just short',
      'gemini/gemini-2.5-pro',
      { inputTokens: 200_000, outputTokens: 1000 },
      (200_000 * 1.25 + 1000 * 10) / M,
    ],
    // Above them $2.50, $0.25 for cached input and $15, for the complete call.
    [
      'Gemini with a long context',
      'gemini/gemini-2.5-pro',
      { inputTokens: 200_001, cacheReadTokens: 100_000, outputTokens: 1000 },
      (100_001 * 2.5 + 100_000 * 0.25 + 1000 * 15) / M,
    ],
    // $0.30, and $1 for sound.
    [
      'Gemini with sound',
      'gemini-openai/gemini-2.5-flash',
      { inputTokens: 1600, audioInputTokens: 1500, outputTokens: 10 },
      (100 * 0.3 + 1500 * 1 + 10 * 2.5) / M,
    ],
    // $2.50, and $30 for images.
    [
      'Gemini with an image in its answer',
      'gemini/gemini-2.5-flash-image',
      { inputTokens: 10, outputTokens: 1310, imageOutputTokens: 1290 },
      (10 * 0.3 + 20 * 2.5 + 1290 * 30) / M,
    ],
    ['LangChain, by its package', 'built/gemini-2.5-flash', { inputTokens: 10 }, (10 * 0.3) / M],
    ['a provider with another name', 'mine/gpt-4o', { inputTokens: 1000 }, 0.0025],
    ['Azure, by the name of the model', 'azure/gpt-4o', { inputTokens: 1000 }, 0.0025],
    ['vectors', 'openai/text-embedding-3-small', { inputTokens: 1000 }, 0.00002],
  ])('of %s', (_, target, usage, cost) => {
    expect(costAt(target, usage)).toBeCloseTo(cost, 12)
  })

  it('may depend on the time of day', () => {
    const usage = { inputTokens: M }
    const night = costAt('deepseek/deepseek-chat', usage, Date.UTC(2025, 5, 1, 20))
    const day = costAt('deepseek/deepseek-chat', usage, Date.UTC(2025, 5, 1, 10))
    expect([night, day]).toEqual([0.135, 0.27])
  })
})

describe('a service tier', () => {
  const usage = { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100 }

  it.each([
    // Half the standard price.
    ['openai/gpt-5', 'flex', (600 * 0.625 + 400 * 0.0625 + 100 * 5) / M],
    // $2.50, $0.25 and $20.
    ['openai/gpt-5-2025-08-07', 'priority', (600 * 2.5 + 400 * 0.25 + 100 * 20) / M],
    // $3.50, $0.875 and $14.
    ['openai/gpt-4.1', 'priority', (600 * 3.5 + 400 * 0.875 + 100 * 14) / M],
    // $0.25, $0.125 and $1.
    ['openai/gpt-4o-mini', 'priority', (600 * 0.25 + 400 * 0.125 + 100 * 1) / M],
    // $2, $0.50 and $8.
    ['openai/o4-mini', 'priority', (600 * 2 + 400 * 0.5 + 100 * 8) / M],
    // $12.50, $1.25 and $75.
    ['openai/gpt-5.5', 'priority', (600 * 12.5 + 400 * 1.25 + 100 * 75) / M],
    ['gemini/gemini-2.5-flash', 'flex', (600 * 0.15 + 400 * 0.015 + 100 * 1.25) / M],
    // The new name of priority.
    ['openai/gpt-5', 'fast', (600 * 2.5 + 400 * 0.25 + 100 * 20) / M],
    // $30, $3 and $150.
    ['anthropic/claude-opus-4-7', 'fast', (600 * 30 + 400 * 3 + 100 * 150) / M],
    // $10, $1 and $50.
    ['anthropic/claude-opus-4-8', 'fast', (600 * 10 + 400 * 1 + 100 * 50) / M],
  ])('of %s that is %s has its own price', (target, serviceTier, cost) => {
    expect(costAt(target, { ...usage, serviceTier })).toBeCloseTo(cost, 12)
  })

  it.each([
    ['openai/gpt-5', 'scale'],
    ['anthropic/claude-sonnet-4-5', 'priority'],
    ['anthropic/claude-sonnet-4-5', 'fast'],
    ['gemini/gemini-2.5-pro', 'priority'],
    ['azure/gpt-5', 'flex'],
  ])('of %s that is %s has no price that is known', (target, serviceTier) => {
    expect(costAt(target, { ...usage, serviceTier })).toBeNull()
  })
})

/** In a thousand tokens of input and in a thousand of output, in thousandths of a dollar. */
describe('the name of a model', () => {
  it.each<[string, number | null]>([
    ['openai/gpt-4o-mini-2024-07-18', 0.15 + 0.6],
    // $3.75 and $15, $0.30 and $1.20: more than the models that they were made of.
    ['openai/ft:gpt-4o-2024-08-06:acme::a1', 3.75 + 15],
    ['openai/ft:gpt-4o-mini-2024-07-18:acme::a1', 0.3 + 1.2],
    ['azure/gpt-4o-mini-2024-07-18.ft-a1', 0.3 + 1.2],
    ['anthropic/claude-opus-4-5-20251101', 5 + 25],
    ['anthropic/claude-opus-4-1-20250805', 15 + 75],
    // A tenth more than everywhere: Bedrock in one region.
    ['bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0', 3 + 15],
    ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', 3.3 + 16.5],
    ['google-vertexai/gemini-2.5-flash', 0.3 + 2.5],
    ['openrouter/deepseek/deepseek-r1:free', 0],
    // Not the price of the model whose name it begins with.
    ['openai/ft:gpt-4.1-2025-04-14:acme::a1', null],
    ['openai/gpt-4o-of-our-own', null],
    ['anthropic/claude-opus-99', null],
    ['azure/our-deployment', null],
  ])('%s has its own price', (target, thousandths) => {
    const cost = costAt(target, { inputTokens: 1000, outputTokens: 1000 })
    if (thousandths === null) expect(cost).toBeNull()
    else expect(cost).toBeCloseTo(thousandths / 1000, 12)
  })
})

describe('a place', () => {
  const usage = { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 100 }

  it('has its own price, for every kind of token, beside that of the tier, and not for searches', () => {
    const tokens = (600 * 5 + 400 * 0.5 + 100 * 25) / M
    const inUs = { ...usage, inferenceGeo: 'us' }
    expect(costAt('anthropic/claude-opus-5', inUs)).toBeCloseTo(tokens * 1.1, 12)
    const fast = costAt('anthropic/claude-opus-5', { ...inUs, serviceTier: 'fast' })
    expect(fast).toBeCloseTo(tokens * 2.2, 12)
    const searching = costAt('anthropic/claude-opus-5', { ...inUs, webSearches: 3 })
    expect(searching).toBeCloseTo(tokens * 1.1 + 0.03, 12)
  })

  it('has no price that is known elsewhere', () => {
    for (const inferenceGeo of ['mars', 'toString'])
      expect(costAt('anthropic/claude-opus-5', { ...usage, inferenceGeo })).toBeNull()
    expect(costAt('openai/gpt-5', { ...usage, inferenceGeo: 'us' })).toBeNull()
  })
})

describe('a search', () => {
  const tokens = { inputTokens: 1000, outputTokens: 100 }

  it('has the fee that its vendor publishes', () => {
    const inWeb = costAt('anthropic/claude-opus-5', { ...tokens, webSearches: 2 })
    expect(inWeb).toBeCloseTo((1000 * 5 + 100 * 25) / M + 0.02, 12)
    const inFiles = costAt('openai/gpt-4.1', { ...tokens, fileSearches: 4 })
    expect(inFiles).toBeCloseTo((1000 * 2 + 100 * 8) / M + 0.01, 12)
  })

  it('without a fee that is known makes the cost unknown, unless it is an estimate anyway', () => {
    const searching = { ...tokens, webSearches: 1 }
    expect(costAt('gemini/gemini-2.5-flash', searching)).toBeNull()
    const estimated = costAt('gemini/gemini-2.5-flash', { ...searching, estimated: true })
    expect(estimated).toBeCloseTo((1000 * 0.3 + 100 * 2.5) / M, 12)
  })
})

describe('a cost that is reported', () => {
  const usage = { inputTokens: 1000, outputTokens: 100, reportedPico: 0.5e12 }

  it.each(['openrouter/nobody/knows', 'perplexity/sonar', 'xai/grok-3'])(
    'by %s is the cost',
    (target) => {
      expect(costAt(target, usage)).toBe(0.5)
      expect(costAt(target, { ...usage, reportedPico: 0 })).toBe(0)
    },
  )

  it('by anybody else is not believed', () => {
    const published = (1000 * 2.5 + 100 * 10) / M
    expect(costAt('openai/gpt-4o', usage)).toBeCloseTo(published, 12)
    expect(costAt('demo/demo', usage)).toBe(0)
    expect(costAt('openai/nobody-knows-me', usage)).toBeNull()
  })
})

describe('the longest of several requests', () => {
  it('decides the price of a long context', () => {
    const usage = { inputTokens: 300_000, longestInputTokens: 150_000 }
    expect(costAt('gemini/gemini-2.5-pro', usage)).toBeCloseTo((300_000 * 1.25) / M, 12)
    const long = { inputTokens: 400_000, longestInputTokens: 250_000 }
    expect(costAt('gemini/gemini-2.5-pro', long)).toBeCloseTo((400_000 * 2.5) / M, 12)
  })
})

describe('a price', () => {
  it.each(['demo/demo', 'ollama/llama3', 'lmstudio/x', 'llamacpp/x', 'vllm/x'])(
    'of %s is zero',
    (target) => expect(costAt(target, { inputTokens: 1000, outputTokens: 1000 })).toBe(0),
  )

  it.each([
    'openai/nobody-knows-me',
    'nvidia/x',
    'sluice/gpt-4o',
    'elsewhere/gpt-4o',
    'toString/x',
  ])('of %s is unknown', (target) => expect(costAt(target, { inputTokens: 1000 })).toBeNull())

  it('is known to a call that ends before the published prices are loaded', () => {
    const target = { provider: 'openai', model: 'gpt-4o' }
    expect(createAll().price(target, { ...NO_USAGE, inputTokens: 1 }, NOON)).toBe(2.5 / M)
  })

  it('is unknown if the published prices are not used', () => {
    const vendors = new Map([['openai', 'openai']])
    const prices = createPrices({ own: [], vendors, published: false })
    prices.load()
    expect(prices.date).toBeUndefined()
    const target = { provider: 'openai', model: 'gpt-4o' }
    expect(prices.price(target, { ...NO_USAGE, inputTokens: 1 }, NOON)).toBeNull()
  })

  it('comes from a list that exists', () => {
    const lists = VENDOR_NAMES.map(priceListOf).filter((list) => list !== undefined)
    expect(lists).toContain('free')
    for (const list of lists)
      if (list !== 'free') expect(findProvider({ providerId: list })?.id).toBe(list)
  })

  it('is of the release that is installed', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>
    }
    expect(dependencies['@pydantic/genai-prices']).toBe(CATALOGUE_RELEASE.version)
  })
})

describe('a price of the configuration', () => {
  const own: OwnPrice[] = [
    { target: '*/gpt-*', rates: { input: 8 } },
    { target: 'openai/gpt-*', rates: { input: 9 } },
    {
      target: 'openai/gpt-4o',
      rates: { input: 1, output: 2 },
      longContext: { above: 1000, rates: { input: 10, output: 20 } },
      serviceTiers: { flex: { input: 0.5, output: 1 } },
    },
    { target: 'ollama/*', rates: { input: 0.1, output: 0.1 } },
    { target: 'gemini/*', rates: { input: 1, output: 1 }, fees: { webSearch: 14 } },
    { target: 'openrouter/*', rates: { input: 3, output: 3 } },
  ]
  const costOf = async (provider: string, model: string, usage: Partial<Usage>) => {
    const prices = createAll(own)
    await prices.load()
    return prices.price({ provider, model }, { ...NO_USAGE, ...usage }, NOON)
  }

  it('takes precedence over published prices, an exact name first, then the first that matches', async () => {
    expect(await costOf('openai', 'gpt-4o', { inputTokens: 1000 })).toBe(0.001)
    expect(await costOf('openai', 'gpt-4o-mini', { inputTokens: 1000 })).toBe(0.008)
    expect(await costOf('ollama', 'llama3', { inputTokens: 1000 })).toBe(0.0001)
    expect(await costOf('anthropic', 'claude-opus-4-5', { inputTokens: 1000 })).toBe(0.005)
  })

  it('may differ above a number of input tokens', async () => {
    expect(await costOf('openai', 'gpt-4o', { inputTokens: 1001, outputTokens: 1 })).toBe(0.01003)
  })

  it('may differ by service tier, and otherwise holds for all tiers', async () => {
    const usage = { inputTokens: 1000, outputTokens: 100 }
    expect(await costOf('openai', 'gpt-4o', { ...usage, serviceTier: 'flex' })).toBe(0.0006)
    expect(await costOf('openai', 'gpt-4o', { ...usage, serviceTier: 'scale' })).toBe(0.0012)
    expect(await costOf('openai', 'gpt-4o', { ...usage, serviceTier: 'toString' })).toBe(0.0012)
  })

  it('may have fees, and otherwise those that are published, or none', async () => {
    const searching = { inputTokens: 1000, webSearches: 2 }
    expect(await costOf('gemini', 'gemini-2.5-pro', searching)).toBe(0.029)
    expect(await costOf('openai', 'gpt-4o', searching)).toBe(0.021)
    expect(await costOf('ollama', 'llama3', searching)).toBe(0.0001)
  })

  it('takes precedence over a cost that is reported', async () => {
    const reported = { inputTokens: 1000, reportedPico: 7e12 }
    expect(await costOf('openrouter', 'x', reported)).toBe(0.003)
  })
})
