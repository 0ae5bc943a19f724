/** What is said of the order of targets is what calls do. */
import { expect, it } from 'vitest'
import { GatewayError, type Pricer } from '#model'
import { type AliasOptions, createRouter, createTraffic, type Target } from '#router'
import { catalogue, createChance, createClock, providerNamed } from '../../tools/router/virtual.ts'

const NAMES = ['a', 'b', 'c', 'd']
const TARGETS = ['a/m', 'b/m', 'c/m', 'd/m']

const price: Pricer = ({ provider }) => ({ a: 3, b: 1, c: 2 })[provider] ?? null

const start = async (aliases: readonly AliasOptions[]) => {
  const clock = createClock()
  const breaker = { failures: 1, ratio: 1, windowMs: 10_000, restMs: 1_000 }
  const traffic = createTraffic({ breaker, now: clock.now })
  const providers = NAMES.map(providerNamed)
  const router = createRouter({
    providers,
    catalogue,
    aliases,
    traffic,
    price,
    random: createChance(11),
  })
  const targets = await router.resolve('it', 'openai-chat')
  const named = (name: string): Target => {
    const found = targets.find(({ provider }) => provider.name === name)
    if (!found) throw new Error(`no ${name}`)
    return found
  }
  return { clock, traffic, router, targets, named }
}

type House = Awaited<ReturnType<typeof start>>

const nameOf = ({ provider }: Target): string => provider.name

const fail = ({ traffic, named }: House, name: string) =>
  traffic.begin(named(name)).failed(new GatewayError('upstream_failed', 'No.'))

const answer = ({ traffic, named, clock }: House, name: string, ms: number) => {
  const attempt = traffic.begin(named(name))
  clock.pass(ms)
  attempt.answered()
  attempt.ended('ok')
}

const alias = (more: Partial<AliasOptions> = {}): AliasOptions[] => [
  { name: 'it', targets: TARGETS, ...more },
]

const CASES: [string, AliasOptions[], (house: House) => void][] = [
  ['in order', alias(), () => undefined],
  ['in order, of which the first fails', alias(), (house) => fail(house, 'a')],
  ['weighted', alias({ strategy: 'weighted', weights: [1, 5, 2, 0] }), () => undefined],
  [
    'weighted, of which the heaviest fails',
    alias({ strategy: 'weighted', weights: [1, 5, 2, 0] }),
    (house) => fail(house, 'b'),
  ],
  [
    'weighted, of which only one without weight is left',
    alias({ strategy: 'weighted', weights: [1, 5, 2, 0] }),
    (house) => ['a', 'b', 'c'].forEach((name) => fail(house, name)),
  ],
  [
    'least busy, of which three are equal',
    alias({ strategy: 'least_busy' }),
    ({ traffic, named }) => void traffic.begin(named('b')),
  ],
  [
    'of lowest latency',
    alias({ strategy: 'lowest_latency' }),
    (house) => NAMES.forEach((name, at) => answer(house, name, 900 - at * 100)),
  ],
  [
    'of lowest latency, of which two are equal and one fails',
    alias({ strategy: 'lowest_latency' }),
    (house) => {
      answer(house, 'a', 500)
      fail(house, 'b')
    },
  ],
  ['cheapest', alias({ strategy: 'cheapest' }), () => undefined],
  [
    'cheapest, of which the cheapest fails',
    alias({ strategy: 'cheapest' }),
    (house) => fail(house, 'b'),
  ],
  [
    'of an alias in an alias',
    [
      { name: 'it', targets: ['inner', 'd/m'], strategy: 'weighted', weights: [3, 1] },
      { name: 'inner', targets: ['a/m', 'b/m', 'c/m'], strategy: 'least_busy' },
    ],
    (house) => fail(house, 'c'),
  ],
  [
    'of which all fail',
    alias({ strategy: 'weighted', weights: [1, 2, 3, 4] }),
    (house) => NAMES.forEach((name) => fail(house, name)),
  ],
]

it.each(CASES)(
  'targets %s have the shares that they are said to have',
  async (_, aliases, prepare) => {
    const house = await start(aliases)
    prepare(house)
    const { router, targets } = house
    const outlooks = router.lookAhead(targets, 1_000)
    const orders = new Map<string, number>()
    const firsts: Record<string, number> = {}
    for (let draw = 0; draw < 10_000; draw++) {
      const order = router.order(targets, 1_000).map(nameOf).join('')
      orders.set(order, (orders.get(order) ?? 0) + 1)
      const first = order.charAt(0)
      firsts[first] = (firsts[first] ?? 0) + 1 / 10_000
    }
    for (const { target, share } of outlooks)
      expect(Math.abs((firsts[nameOf(target)] ?? 0) - share), nameOf(target)).toBeLessThan(0.02)
    expect(outlooks.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
    // The order is one that is drawn, and its first target is the one that is drawn most.
    expect([...orders.keys()]).toContain(outlooks.map(({ target }) => nameOf(target)).join(''))
    expect(outlooks[0]?.share).toBe(Math.max(...outlooks.map(({ share }) => share)))
  },
)

it('says what the order is made of', async () => {
  const house = await start(alias())
  fail(house, 'a')
  answer(house, 'b', 250)
  house.traffic.begin(house.named('b'))
  house.traffic
    .begin(house.named('c'))
    .failed(new GatewayError('upstream_rate_limited', 'No.', { retryAfterMs: 5_000 }))
  const told = house.router.lookAhead(house.targets, 1_000)
  expect(told.map(({ target, ...more }) => ({ name: nameOf(target), ...more }))).toMatchObject([
    { name: 'b', share: 1, isSkipped: false, busy: 1, latencyMs: 250, price: 1, breaker: 'closed' },
    { name: 'd', share: 0, isSkipped: false, busy: 0, latencyMs: undefined, price: null },
    { name: 'a', share: 0, isSkipped: true, breaker: 'open', price: 3 },
    { name: 'c', share: 0, isSkipped: true, breaker: 'closed', restsMs: 5_000 },
  ])
})

it('says that a target is not skipped if it is the only one', async () => {
  const house = await start([{ name: 'it', targets: ['a/m'] }])
  fail(house, 'a')
  expect(house.router.lookAhead(house.targets, 1)).toMatchObject([
    { isSkipped: false, breaker: 'open', share: 1 },
  ])
})
