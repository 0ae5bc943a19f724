/** The turns of a conversation go to one target, and the shares of the targets stay right. */
import { describe, expect, it } from 'vitest'
import { type Conversation, GatewayError } from '#model'
import {
  type AliasOptions,
  type Belonging,
  createPlaces,
  createRouter,
  createTraffic,
  type Target,
} from '#router'
import { catalogue, createChance, createClock, providerNamed } from '../../tools/router/virtual.ts'

const MODELS = ['a/m', 'b/m', 'c/m']

type Turn = Partial<Belonging> & { readonly inputTokens?: number }

const toTurn = (conversation: Conversation | undefined, more: Turn = {}): Belonging => ({
  conversation,
  home: undefined,
  last: undefined,
  hasSealedThoughts: false,
  ...more,
})

const start = async (
  alias: Partial<AliasOptions>,
  {
    places = createPlaces(),
    prices = {} as Record<string, number>,
    inner = [] as AliasOptions[],
  } = {},
) => {
  const clock = createClock()
  const breaker = { failures: 1, ratio: 1, windowMs: 10_000, restMs: 1_000 }
  const traffic = createTraffic({ breaker, now: clock.now })
  const router = createRouter({
    providers: ['a', 'b', 'c', 'd'].map(providerNamed),
    catalogue,
    aliases: [{ name: 'it', targets: MODELS, ...alias }, ...inner],
    traffic,
    places,
    random: createChance(7),
    price: ({ provider }) => prices[provider] ?? null,
  })
  const targets = await router.resolve('it', 'openai-chat')
  const named = (name: string): Target => {
    const found = targets.find(({ provider }) => provider.name === name)
    if (!found) throw new Error(`no ${name}`)
    return found
  }
  const order = (conversation?: Conversation, more: Turn = {}) =>
    router.order(targets, more.inputTokens ?? 1, toTurn(conversation, more))
  const nameOf = ({ provider }: Target): string => provider.name
  return {
    clock,
    traffic,
    router,
    targets,
    named,
    orderOf: (conversation?: Conversation, more?: Turn) =>
      order(conversation, more).map(nameOf).join(''),
    firstOf: (conversation?: Conversation, more?: Turn) =>
      order(conversation, more).map(nameOf)[0] ?? '',
    /** One turn, which is answered by the first target, or by another one. */
    turn(conversation: Conversation, more: Turn & { readonly by?: string } = {}) {
      const ordered = order(conversation, more)
      const target = more.by === undefined ? ordered[0] : named(more.by)
      if (!target) throw new Error('no target')
      router.answered(ordered, target, 1, toTurn(conversation, more))
      return nameOf(target)
    },
    failAt: (name: string) =>
      traffic.begin(named(name)).failed(new GatewayError('upstream_failed', 'No.')),
    recoverAt(name: string) {
      clock.pass(1_000)
      const attempt = traffic.begin(named(name))
      attempt.answered()
      attempt.ended('ok')
    },
  }
}

const draw = createChance(11)
const conversation = (callerId = 'caller'): Conversation => ({
  id: Math.floor(draw() * 2 ** 32).toString(16) + Math.floor(draw() * 2 ** 32).toString(16),
  seed: Math.floor(draw() * 2 ** 32),
  salt: Math.floor(draw() * 2 ** 32),
  callerId,
})
const many = (count: number): Conversation[] => Array.from({ length: count }, () => conversation())

type House = Awaited<ReturnType<typeof start>>

const sharesOf = ({ firstOf }: Pick<House, 'firstOf'>, conversations = many(10_000)) => {
  const counts: Record<string, number> = {}
  for (const each of conversations) {
    const first = firstOf(each)
    counts[first] = (counts[first] ?? 0) + 1 / conversations.length
  }
  return counts
}

const expectShares = (found: Record<string, number>, wanted: Record<string, number>) => {
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(wanted))
  for (const [name, share] of Object.entries(wanted))
    expect(Math.abs((found[name] ?? 0) - share), name).toBeLessThan(0.02)
}

describe('weighted', () => {
  it('sends all turns of a conversation to the same target', async () => {
    const { firstOf } = await start({ strategy: 'weighted' })
    for (const each of many(20)) {
      const first = firstOf(each)
      for (let turn = 0; turn < 200; turn++) expect(firstOf(each)).toBe(first)
    }
  })

  it.each([
    [[1, 1, 1], { a: 1 / 3, b: 1 / 3, c: 1 / 3 }],
    [[0.5, 2, 7.5], { a: 0.05, b: 0.2, c: 0.75 }],
    [[90, 9, 1], { a: 0.9, b: 0.09, c: 0.01 }],
    [[3, 1, 0], { a: 0.75, b: 0.25 }],
  ])('is within 2 %% over 10,000 conversations of %j', async (weights, wanted) => {
    expectShares(sharesOf(await start({ strategy: 'weighted', weights })), wanted)
  })

  it('moves only the conversations of a target that fails, by the weights of the others', async () => {
    const house = await start({ strategy: 'weighted', weights: [2, 3, 1] })
    const conversations = many(10_000)
    const before = conversations.map((each) => house.firstOf(each))
    house.failAt('a')
    const moved: Conversation[] = []
    for (const [at, each] of conversations.entries())
      if (before[at] === 'a') moved.push(each)
      else expect(house.firstOf(each)).toBe(before[at])
    expectShares(sharesOf(house, moved), { b: 0.75, c: 0.25 })
    // Nothing was answered elsewhere: they return.
    house.recoverAt('a')
    expect(conversations.map((each) => house.firstOf(each))).toEqual(before)
  })

  it('moves only the conversations of a target that is removed from the configuration', async () => {
    const three = await start({ strategy: 'weighted' })
    const two = await start({ strategy: 'weighted', targets: ['a/m', 'c/m'] })
    for (const each of many(2_000))
      if (three.firstOf(each) !== 'b') expect(two.firstOf(each)).toBe(three.firstOf(each))
  })

  it('has the same target in every process, whatever the order of their lists', async () => {
    const here = await start({ strategy: 'weighted' })
    const there = await start({ strategy: 'weighted', targets: MODELS.toReversed() })
    for (const each of many(500)) expect(there.firstOf(each)).toBe(here.firstOf(each))
  })

  it('keeps the shares of an alias in an alias, also if a target is in both', async () => {
    const inner: AliasOptions = {
      name: 'inner',
      targets: ['a/m', 'b/m'],
      strategy: 'weighted',
      weights: [4, 1],
    }
    const apart = await start(
      { targets: ['inner', 'c/m'], strategy: 'weighted' },
      { inner: [inner] },
    )
    expectShares(sharesOf(apart), { a: 0.4, b: 0.1, c: 0.5 })
    const both = await start(
      { targets: ['inner', 'a/m'], strategy: 'weighted' },
      { inner: [inner] },
    )
    expectShares(sharesOf(both), { a: 0.9, b: 0.1 })
  })

  it('counts a target that is there twice twice', async () => {
    const targets = ['a/m', 'a/m', 'b/m']
    expectShares(sharesOf(await start({ strategy: 'weighted', targets })), { a: 2 / 3, b: 1 / 3 })
  })

  it('draws anew for a call without a conversation', async () => {
    const { firstOf } = await start({ strategy: 'weighted' })
    const drawn = Array.from({ length: 100 }, () => firstOf())
    expect(new Set(drawn).size).toBe(3)
  })
})

describe('a conversation whose target fails', () => {
  it('stays with the target that answered in its place, and forgets it after an hour', async () => {
    const clock = createClock()
    const house = await start(
      { strategy: 'weighted' },
      { places: createPlaces({ now: clock.now }) },
    )
    const one = conversation()
    const own = house.turn(one)
    house.failAt(own)
    const other = house.turn(one)
    expect(other).not.toBe(own)
    house.recoverAt(own)
    for (let turn = 0; turn < 5; turn++) {
      clock.pass(3_599_000)
      expect(house.turn(one)).toBe(other)
    }
    clock.pass(3_600_000)
    expect(house.turn(one)).toBe(own)
  })

  it('leaves the other target when that one fails', async () => {
    const house = await start({ strategy: 'weighted', targets: ['a/m', 'b/m'] })
    const one = conversation()
    const own = house.turn(one)
    house.failAt(own)
    const other = house.turn(one)
    house.recoverAt(own)
    house.failAt(other)
    expect(house.turn(one)).toBe(own)
    house.recoverAt(other)
    expect(house.turn(one)).toBe(own)
  })

  it('does not stay with a target that has no weight', async () => {
    const house = await start({ strategy: 'weighted', weights: [1, 0, 0] })
    const one = conversation()
    house.failAt('a')
    expect(house.turn(one)).toBe('b')
    house.recoverAt('a')
    expect(house.turn(one)).toBe('a')
  })
})

describe('a strategy that chooses by load', () => {
  it.each(['least_busy', 'lowest_latency'] as const)(
    '%s chooses for the first turn, and the others follow it',
    async (strategy) => {
      const house = await start({ strategy })
      for (const each of many(50)) {
        const first = house.turn(each)
        // It is now both busier and slower than the others.
        const attempt = house.traffic.begin(house.named(first))
        house.clock.pass(500)
        attempt.answered()
        for (let turn = 0; turn < 5; turn++) expect(house.turn(each)).toBe(first)
      }
    },
  )

  it('least_busy sends new conversations to the target with the fewest calls', async () => {
    const house = await start({ strategy: 'least_busy' })
    for (const name of ['a', 'b']) house.traffic.begin(house.named(name))
    expectShares(sharesOf(house, many(100)), { c: 1 })
  })

  it('needs no memory among targets that are equal', async () => {
    for (const strategy of ['least_busy', 'lowest_latency'] as const) {
      const here = await start({ strategy })
      const there = await start({ strategy })
      for (const each of many(200)) expect(there.firstOf(each)).toBe(here.firstOf(each))
      expectShares(sharesOf(here), { a: 1 / 3, b: 1 / 3, c: 1 / 3 })
    }
  })
})

describe('cheapest', () => {
  it('is by price whatever the conversation is', async () => {
    const house = await start({ strategy: 'cheapest' }, { prices: { a: 3, b: 1, c: 2 } })
    const one = conversation()
    house.failAt('b')
    expect(house.turn(one)).toBe('c')
    house.recoverAt('b')
    expect(house.turn(one)).toBe('b')
  })

  it('stays among targets that cost the same', async () => {
    const house = await start({ strategy: 'cheapest' }, { prices: { a: 3, b: 1, c: 1 } })
    const one = conversation()
    house.failAt('b')
    expect(house.turn(one)).toBe('c')
    house.recoverAt('b')
    expect(house.turn(one)).toBe('c')
    expect(house.turn(conversation())).toBe('b')
  })
})

describe('a list in order', () => {
  it('is used in its order, although the last turn was answered by another target', async () => {
    const house = await start({})
    const one = conversation()
    house.failAt('a')
    expect(house.turn(one)).toBe('b')
    house.recoverAt('a')
    expect(house.orderOf(one)).toBe('abc')
  })

  it('keeps a conversation that has sealed thoughts with it at the target that answered last', async () => {
    const house = await start({})
    const one = conversation()
    house.failAt('a')
    house.turn(one)
    house.recoverAt('a')
    const sealed = { hasSealedThoughts: true }
    expect(house.orderOf(one, sealed)).toBe('bac')
    // A call of the conversation without thoughts goes first to the first, and moves nothing.
    expect(house.turn(one)).toBe('a')
    expect(house.turn(one, sealed)).toBe('b')
    house.failAt('b')
    expect(house.turn(one, sealed)).toBe('a')
    house.recoverAt('b')
    expect(house.turn(one, sealed)).toBe('a')
  })

  it('knows nothing of a conversation that was always answered by the first target', async () => {
    const places = createPlaces()
    const house = await start({}, { places })
    for (const each of many(10)) house.turn(each, { hasSealedThoughts: true })
    expect(places.isEmpty).toBe(true)
  })
})

it('a target that has what the call refers to comes first, unless it fails', async () => {
  const house = await start({ strategy: 'weighted' })
  const one = conversation()
  const home = house.named('c')
  expect(house.firstOf(one, { home })).toBe('c')
  expect(house.firstOf(undefined, { home })).toBe('c')
  house.failAt('c')
  expect(house.orderOf(one, { home }).endsWith('c')).toBe(true)
})

it('a call that continues another one follows it, as far as its strategy lets it', async () => {
  const weighted = await start({ strategy: 'weighted' })
  const last = weighted.named('c')
  for (let call = 0; call < 20; call++) expect(weighted.firstOf(undefined, { last })).toBe('c')
  weighted.failAt('c')
  expect(weighted.firstOf(undefined, { last })).not.toBe('c')
  const list = await start({})
  expect(list.orderOf(undefined, { last: list.named('b') })).toBe('abc')
  const loose = await start({ strategy: 'weighted', affinity: false })
  const firsts = Array.from({ length: 50 }, () =>
    loose.firstOf(undefined, { last: loose.named('c') }),
  )
  expect(new Set(firsts).size).toBe(3)
})

it('an alias without affinity balances each call, and so does one that leads to it', async () => {
  const plain = await start({ strategy: 'weighted', affinity: false })
  const outer = await start(
    { targets: ['inner'], strategy: 'least_busy' },
    { inner: [{ name: 'inner', targets: MODELS, strategy: 'weighted', affinity: false }] },
  )
  for (const house of [plain, outer]) {
    const one = conversation()
    const used = new Set(Array.from({ length: 50 }, () => house.turn(one)))
    expect(used.size).toBe(3)
    expect(house.router.keepsConversations(house.targets)).toBe(false)
  }
})
