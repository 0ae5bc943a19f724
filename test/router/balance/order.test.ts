/** In which order the targets of an alias are tried, by its strategy. */
import { describe, expect, it } from 'vitest'
import { GatewayError, type Pricer } from '#model'
import { type AliasOptions, createRouter, createTraffic, type Target } from '#router'
import { catalogue, createChance, createClock, providerNamed } from '../../tools/router/virtual.ts'

const start = (aliases: readonly AliasOptions[], price: Pricer = () => null) => {
  const clock = createClock()
  const breaker = { failures: 1, ratio: 1, windowMs: 10_000, restMs: 1_000 }
  const traffic = createTraffic({ breaker, now: clock.now })
  const providers = ['a', 'b', 'c', 'd'].map(providerNamed)
  const random = createChance(7)
  const router = createRouter({ providers, catalogue, aliases, traffic, price, random })
  const resolve = () => router.resolve('it', 'openai-chat')
  const order = async (
    keep: (target: Target) => boolean = () => true,
    inputTokens = 1_000,
  ): Promise<string> =>
    router
      .order((await resolve()).filter(keep), inputTokens)
      .map(({ provider }) => provider.name)
      .join('')
  const named = async (name: string): Promise<Target> => {
    const found = (await resolve()).find(({ provider }) => provider.name === name)
    if (!found) throw new Error(`no ${name}`)
    return found
  }
  const closeTo = async (name: string) =>
    traffic.begin(await named(name)).failed(new GatewayError('upstream_failed', 'No.'))
  /** How often each is first, as a part of all. */
  const shares = async (draws = 10_000, keep?: (target: Target) => boolean) => {
    const counts: Record<string, number> = {}
    for (let draw = 0; draw < draws; draw++) {
      const first = (await order(keep)).charAt(0)
      counts[first] = (counts[first] ?? 0) + 1 / draws
    }
    return counts
  }
  return { clock, traffic, resolve, order, named, closeTo, shares, router }
}

const MODELS = ['a/m', 'b/m', 'c/m']
const alias = (more: Partial<AliasOptions> = {}): AliasOptions[] => [
  { name: 'it', targets: MODELS, ...more },
]

/** Within two hundredths of all draws. */
const expectShares = (found: Record<string, number>, wanted: Record<string, number>) => {
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(wanted))
  for (const [name, share] of Object.entries(wanted))
    expect(Math.abs((found[name] ?? 0) - share), name).toBeLessThan(0.02)
}

describe('without a strategy', () => {
  it('targets keep their order, and what was resolved is used as it is', async () => {
    const { router, resolve, order } = start(alias())
    expect(await order()).toBe('abc')
    const resolved = await resolve()
    expect(router.order(resolved, 1)).toBe(resolved)
  })

  it('a target that fails is tried last, until it may be well again', async () => {
    const { clock, order, closeTo } = start(alias())
    await closeTo('a')
    expect(await order()).toBe('bca')
    await closeTo('b')
    expect(await order()).toBe('cab')
    await closeTo('c')
    expect(await order()).toBe('abc')
    clock.pass(1_000)
    expect(await order()).toBe('abc')
  })
})

describe('weighted', () => {
  const weighted = alias({ strategy: 'weighted', weights: [3, 1, 0] })

  it('draws each target by its weight, and the others follow in their order', async () => {
    const { shares, order } = start(weighted)
    expectShares(await shares(), { a: 0.75, b: 0.25 })
    for (let draw = 0; draw < 50; draw++) expect(['abc', 'bac']).toContain(await order())
  })

  it.each([
    [[1, 1, 1], { a: 1 / 3, b: 1 / 3, c: 1 / 3 }],
    [[0.5, 2, 7.5], { a: 0.05, b: 0.2, c: 0.75 }],
    [[90, 9, 1], { a: 0.9, b: 0.09, c: 0.01 }],
  ])('is within 2 %% over 10,000 draws of %j', async (weights, wanted) => {
    const { shares } = start(alias({ strategy: 'weighted', weights }))
    expectShares(await shares(), wanted)
  })

  it('divides the share of a target that fails by the weights of the others', async () => {
    const { shares, closeTo, order } = start(alias({ strategy: 'weighted', weights: [2, 3, 1] }))
    await closeTo('a')
    expectShares(await shares(), { b: 0.75, c: 0.25 })
    expect((await order()).at(-1)).toBe('a')
  })

  it('divides the share of a target that the caller may not use in the same way', async () => {
    const { shares } = start(alias({ strategy: 'weighted', weights: [2, 3, 1] }))
    expectShares(await shares(10_000, ({ provider }) => provider.name !== 'b'), {
      a: 2 / 3,
      c: 1 / 3,
    })
  })

  it('uses a target of weight 0 if no other one works', async () => {
    const { closeTo, order } = start(weighted)
    await closeTo('a')
    await closeTo('b')
    expect((await order()).charAt(0)).toBe('c')
  })
})

describe('least_busy', () => {
  const aliases = alias({ strategy: 'least_busy' })

  it('begins with the target that has the fewest calls in progress', async () => {
    const { traffic, order, named } = start(aliases)
    const a = traffic.begin(await named('a'))
    traffic.begin(await named('b'))
    expect(await order()).toBe('cab')
    traffic.begin(await named('c'))
    traffic.begin(await named('c'))
    a.answered()
    a.ended('ok')
    expect(await order()).toBe('abc')
  })

  it('chooses equally often among those that are equally busy', async () => {
    const { shares } = start(aliases)
    expectShares(await shares(), { a: 1 / 3, b: 1 / 3, c: 1 / 3 })
  })

  it('does not prefer a target because it fails at once', async () => {
    const { traffic, order, named, closeTo } = start(aliases)
    for (const name of ['b', 'c', 'c']) traffic.begin(await named(name))
    await closeTo('a')
    expect(await order()).toBe('bca')
  })
})

describe('lowest_latency', () => {
  const aliases = alias({ strategy: 'lowest_latency' })

  const answer = async (
    { traffic, clock, named }: ReturnType<typeof start>,
    name: string,
    ms: number,
  ) => {
    const attempt = traffic.begin(await named(name))
    clock.pass(ms)
    attempt.answered()
    attempt.ended('ok')
  }

  it('draws two, and begins with the quicker one', async () => {
    const house = start(aliases)
    await answer(house, 'a', 900)
    await answer(house, 'b', 100)
    await answer(house, 'c', 300)
    // The slowest is never the better of two; the quickest is in two of three pairs.
    expectShares(await house.shares(), { b: 2 / 3, c: 1 / 3 })
  })

  it('begins with a target that was never asked', async () => {
    const house = start(alias({ strategy: 'lowest_latency', targets: ['a/m', 'b/m'] }))
    await answer(house, 'a', 10)
    for (let draw = 0; draw < 20; draw++) expect(await house.order()).toBe('ba')
  })

  it('leaves out a target that fails', async () => {
    const house = start(aliases)
    await answer(house, 'a', 900)
    await answer(house, 'b', 100)
    await answer(house, 'c', 300)
    await house.closeTo('b')
    expectShares(await house.shares(), { c: 1 })
  })
})

describe('cheapest', () => {
  const aliases = alias({ strategy: 'cheapest' })

  it('is ordered by price, and an unknown price is last', async () => {
    const prices: Record<string, number | null> = { a: null, b: 2, c: 1 }
    const { order } = start(aliases, ({ provider }) => prices[provider] ?? null)
    expect(await order()).toBe('cba')
  })

  it('depends on the size of the call', async () => {
    const { order } = start(
      aliases,
      ({ provider }, { inputTokens, outputTokens }) =>
        // One charges for the call, one for its input, one for its output.
        ({ a: 5_000, b: inputTokens, c: 8 * outputTokens })[provider] ?? null,
    )
    expect(await order(undefined, 100)).toBe('bca')
    expect(await order(undefined, 4_500)).toBe('cba')
    expect(await order(undefined, 100_000)).toBe('cab')
  })

  it('has the price of the target, not of the alias', async () => {
    const asked = new Set<string>()
    const { order } = start(aliases, ({ provider, model }) => {
      asked.add(`${provider}/${model}`)
      return 1
    })
    expect(await order()).toBe('abc')
    expect([...asked]).toEqual(MODELS)
  })
})

describe('an alias in an alias', () => {
  it('is one target to the outer strategy, and chooses among its own', async () => {
    const { shares, order } = start([
      { name: 'it', targets: ['inner', 'c/m'], strategy: 'weighted', weights: [1, 1] },
      { name: 'inner', targets: ['a/m', 'b/m'], strategy: 'weighted', weights: [4, 1] },
    ])
    expectShares(await shares(), { a: 0.4, b: 0.1, c: 0.5 })
    // The neighbours in the inner alias come before those of the outer one.
    for (let draw = 0; draw < 50; draw++)
      expect(['abc', 'bac', 'cab', 'cba']).toContain(await order())
  })

  it('that is a list keeps its order, and its first target has its share', async () => {
    const { shares } = start([
      { name: 'it', targets: ['list', 'c/m'], strategy: 'weighted', weights: [3, 1] },
      { name: 'list', targets: ['a/m', 'b/m'] },
    ])
    expectShares(await shares(), { a: 0.75, c: 0.25 })
  })

  it('keeps its strategy in a list', async () => {
    const { shares, order } = start([
      { name: 'it', targets: ['inner', 'c/m'] },
      { name: 'inner', targets: ['a/m', 'b/m'], strategy: 'weighted' },
    ])
    expectShares(await shares(), { a: 0.5, b: 0.5 })
    expect((await order()).at(-1)).toBe('c')
  })

  it('works while one of its targets does', async () => {
    const { shares, closeTo } = start([
      { name: 'it', targets: ['inner', 'c/m'], strategy: 'weighted', weights: [1, 1] },
      { name: 'inner', targets: ['a/m', 'b/m'], strategy: 'weighted', weights: [4, 1] },
    ])
    await closeTo('a')
    expectShares(await shares(), { b: 0.5, c: 0.5 })
    await closeTo('b')
    expectShares(await shares(), { c: 1 })
  })
})

it('a name with a pattern has the strategy of its alias', async () => {
  const { router } = start([
    { name: 'x-*', targets: ['a/*', 'b/*'], strategy: 'weighted', weights: [0, 1] },
  ])
  const ordered = router.order(await router.resolve('x-large', 'openai-chat'), 1)
  expect(ordered.map(({ provider, model }) => `${provider.name}/${model}`)).toEqual([
    'b/large',
    'a/large',
  ])
})
