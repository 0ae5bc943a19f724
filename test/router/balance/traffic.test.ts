/** What is known of targets by the calls to them. */
import { describe, expect, it } from 'vitest'
import { type ErrorCode, type ErrorDetails, GatewayError } from '#model'
import { createTraffic } from '#router'
import { createChance, createClock, providerNamed, targetAt } from '../../tools/router/virtual.ts'

const OPTIONS = { failures: 3, ratio: 0.5, windowMs: 10_000, restMs: 1_000 }

const start = () => {
  const clock = createClock()
  const traffic = createTraffic({ breaker: OPTIONS, now: clock.now })
  const provider = providerNamed('one')
  return { clock, traffic, provider, target: targetAt(provider), other: targetAt(provider, 'n') }
}

const failure = (code: ErrorCode, details: ErrorDetails = {}) =>
  new GatewayError(code, 'No.', details)

const answered = (code: ErrorCode, status: number, details: ErrorDetails = {}) =>
  failure(code, { status, upstream: { status, rawHeaders: [], body: '' }, ...details })

const failTimes = (
  { traffic, target }: Pick<ReturnType<typeof start>, 'traffic' | 'target'>,
  error: GatewayError,
  times = 3,
) => {
  for (let time = 0; time < times; time++) traffic.begin(target).failed(error)
}

describe('the breaker of a target', () => {
  it.each([
    ['500', answered('upstream_failed', 500)],
    ['503', answered('upstream_overloaded', 503)],
    ['529', answered('upstream_overloaded', 529)],
    ['504', answered('upstream_timeout', 504)],
    ['a stall', failure('upstream_timeout')],
    ['a cut', failure('upstream_broken')],
    ['garbage', failure('upstream_invalid')],
  ])('is opened by %s, and no other target of its provider is', (_, error) => {
    const house = start()
    failTimes(house, error)
    expect(house.traffic.permits(house.target)).toBe(false)
    expect(house.traffic.permits(house.other)).toBe(true)
    expect(house.traffic.describe(house.target)).toMatchObject({
      breaker: 'open',
      providerBreaker: 'closed',
      busy: 0,
    })
  })

  it.each([
    ['a refused key', answered('upstream_denied', 401)],
    ['a refused key with 400', answered('upstream_denied', 400)],
    ['an address that cannot be reached', failure('upstream_unreachable')],
  ])('is that of its provider for %s', (_, error) => {
    const house = start()
    failTimes(house, error)
    expect(house.traffic.permits(house.target)).toBe(false)
    expect(house.traffic.permits(house.other)).toBe(false)
    expect(house.traffic.describe(house.other)).toMatchObject({ providerBreaker: 'open' })
  })

  it.each([
    ['400', answered('upstream_rejected', 400)],
    ['402', answered('upstream_denied', 402)],
    ['403', answered('upstream_denied', 403)],
    ['404', answered('upstream_missing', 404)],
    ['408', answered('upstream_timeout', 408)],
    ['413', answered('upstream_rejected', 413)],
    ['422', answered('upstream_rejected', 422)],
    ['a client that left', failure('client_left')],
    ['a fault of our own', failure('internal')],
    ['memory that was used up', failure('at_capacity')],
  ])('is not opened by %s', (_, error) => {
    const house = start()
    failTimes(house, error, 50)
    expect(house.traffic.permits(house.target)).toBe(true)
  })

  it('is opened by streams that break off, and by none that its client leaves', () => {
    const { traffic, target } = start()
    const stream = (outcome: ErrorCode) => {
      const attempt = traffic.begin(target)
      attempt.answered()
      attempt.ended(outcome)
    }
    for (let call = 0; call < 50; call++) stream('client_left')
    expect(traffic.permits(target)).toBe(true)
    for (let call = 0; call < 50; call++) stream('upstream_broken')
    expect(traffic.permits(target)).toBe(false)
  })

  it('skips nothing if it is turned off', () => {
    const clock = createClock()
    const traffic = createTraffic({ breaker: false, now: clock.now })
    const house = { traffic, target: targetAt(providerNamed('one')) }
    failTimes(house, answered('upstream_failed', 500), 50)
    failTimes(house, answered('upstream_rate_limited', 429, { retryAfterMs: 60_000 }))
    expect(traffic.permits(house.target)).toBe(true)
  })
})

describe('a limited target', () => {
  it.each([1, 2, 3, 4])('rests exactly as long as told (seed %i)', (seed) => {
    const chance = createChance(seed)
    const { clock, traffic, target } = start()
    let until = 0
    for (let step = 0; step < 2_000; step++) {
      if (chance() < 0.2) {
        const retryAfterMs = 1 + Math.floor(chance() * 10_000)
        failTimes(
          { traffic, target },
          answered('upstream_rate_limited', 429, { retryAfterMs }),
          1 + Math.floor(chance() * 5),
        )
        until = Math.max(until, clock.now() + retryAfterMs)
      }
      // An answer to a call that began before does not end it.
      if (chance() < 0.2) {
        const attempt = traffic.begin(target)
        attempt.answered()
        attempt.ended('ok')
      }
      clock.pass(Math.floor(chance() * 3_000))
      expect(traffic.permits(target)).toBe(clock.now() >= until)
      expect(traffic.describe(target).restsMs).toBe(Math.max(0, until - clock.now()))
      expect(traffic.describe(target).breaker).toBe('closed')
    }
  })

  it('rests a second if it is not told how long, and an hour at most', () => {
    const { clock, traffic, target, other } = start()
    failTimes({ traffic, target }, answered('upstream_rate_limited', 429), 1)
    const day = { retryAfterMs: 86_400_000 }
    failTimes({ traffic, target: other }, answered('upstream_rate_limited', 429, day), 1)
    clock.pass(999)
    expect(traffic.permits(target)).toBe(false)
    clock.pass(1)
    expect(traffic.permits(target)).toBe(true)
    clock.pass(3_598_999)
    expect(traffic.permits(other)).toBe(false)
    clock.pass(1)
    expect(traffic.permits(other)).toBe(true)
  })

  it('rests also where a 503 says how long', () => {
    const { clock, traffic, target } = start()
    const error = answered('upstream_overloaded', 503, { retryAfterMs: 500 })
    failTimes({ traffic, target }, error, 1)
    expect(traffic.permits(target)).toBe(false)
    clock.pass(500)
    expect(traffic.permits(target)).toBe(true)
  })
})

it('calls in progress are counted once, however they end', () => {
  const { traffic, target } = start()
  const [left, failed, streamed] = [1, 2, 3].map(() => traffic.begin(target))
  expect(traffic.describe(target).busy).toBe(3)
  left?.failed(failure('client_left'))
  failed?.failed(failure('upstream_broken'))
  streamed?.answered()
  expect(traffic.describe(target).busy).toBe(1)
  streamed?.ended('ok')
  streamed?.ended('ok')
  expect(traffic.describe(target).busy).toBe(0)
})

describe('the time to the first byte', () => {
  const answerAfter = ({ traffic, target, clock }: ReturnType<typeof start>, ms: number) => {
    const attempt = traffic.begin(target)
    clock.pass(ms)
    attempt.answered()
    attempt.ended('ok')
  }

  it('rises at once, and falls gradually', () => {
    const house = start()
    expect(house.traffic.describe(house.target).latencyMs).toBeUndefined()
    for (const ms of [100, 2_000]) {
      answerAfter(house, ms)
      expect(house.traffic.describe(house.target).latencyMs).toBe(ms)
    }
    answerAfter(house, 100)
    const afterOne = house.traffic.describe(house.target).latencyMs ?? 0
    expect(afterOne).toBeGreaterThan(1_000)
    for (let call = 0; call < 2_000; call++) answerAfter(house, 100)
    expect(house.traffic.describe(house.target).latencyMs).toBeLessThan(150)
  })

  it('falls while nothing is asked, so that a slow target is tried again', () => {
    const house = start()
    answerAfter(house, 5_000)
    house.clock.pass(120_000)
    expect(house.traffic.describe(house.target).latencyMs).toBeLessThan(100)
  })

  it('is not improved by a failure that comes at once', () => {
    const house = start()
    answerAfter(house, 1_000)
    failTimes(house, answered('upstream_failed', 500))
    expect(house.traffic.describe(house.target).latencyMs).toBe(1_000)
  })
})

it('ten thousand names of models leave a thousand, and those that are skipped stay so', () => {
  const { traffic, provider, target } = start()
  failTimes({ traffic, target }, answered('upstream_failed', 500))
  const busy = targetAt(provider, 'busy')
  traffic.begin(busy)
  for (let name = 0; name < 10_000; name++) {
    const attempt = traffic.begin(targetAt(provider, `name-${name}`))
    attempt.answered()
    attempt.ended('ok')
  }
  expect(traffic.permits(target)).toBe(false)
  expect(traffic.describe(busy).busy).toBe(1)
  const known = Array.from({ length: 10_000 }, (_, name) =>
    traffic.describe(targetAt(provider, `name-${name}`)),
  ).filter(({ latencyMs }) => latencyMs !== undefined)
  expect(known.length).toBeLessThan(1_000)
})

describe('a health check', () => {
  const unreachable = failure('upstream_unreachable')

  it('that fails often enough makes all targets of its provider skipped', () => {
    const { traffic, provider, target, other } = start()
    for (let check = 0; check < 2; check++) traffic.checkFailed(provider)
    expect(traffic.permits(target)).toBe(true)
    traffic.checkFailed(provider)
    expect([traffic.permits(target), traffic.permits(other)]).toEqual([false, false])
  })

  it('that succeeds in between ends the failures in a row', () => {
    const { traffic, provider, target } = start()
    for (let check = 0; check < 4; check++) {
      traffic.checkFailed(provider)
      traffic.checkFailed(provider)
      traffic.checkSucceeded(provider, true)
    }
    expect(traffic.permits(target)).toBe(true)
  })

  it('that succeeds lets one call through at once', () => {
    const house = start()
    const { traffic, provider, target } = house
    failTimes(house, unreachable)
    expect(traffic.permits(target)).toBe(false)
    traffic.checkSucceeded(provider, false)
    expect(traffic.permits(target)).toBe(true)
    const probe = traffic.begin(target)
    traffic.checkSucceeded(provider, false)
    expect(traffic.permits(target)).toBe(false)
    probe.answered()
    expect(traffic.describe(target).providerBreaker).toBe('closed')
  })

  it('that fails when a call is to be let through spares that call', () => {
    const house = start()
    const { clock, traffic, provider, target } = house
    failTimes(house, unreachable)
    clock.pass(1_000)
    expect(traffic.permits(target)).toBe(true)
    traffic.checkFailed(provider)
    expect(traffic.permits(target)).toBe(false)
    clock.pass(1_999)
    expect(traffic.permits(target)).toBe(false)
    clock.pass(1)
    expect(traffic.permits(target)).toBe(true)
  })

  it('says something of a model that fails only if the provider was ill before', () => {
    const house = start()
    const { traffic, provider, target } = house
    failTimes(house, answered('upstream_failed', 500))
    traffic.checkSucceeded(provider, false)
    expect(traffic.permits(target)).toBe(false)
    traffic.checkFailed(provider)
    traffic.checkSucceeded(provider, true)
    expect(traffic.permits(target)).toBe(true)
  })

  it('does not close a breaker that refused keys open, while it succeeds without a key', () => {
    const house = start()
    for (let round = 0; round < 3; round++) {
      failTimes(house, answered('upstream_denied', 401), 1)
      house.traffic.checkSucceeded(house.provider, false)
    }
    house.traffic.checkSucceeded(house.provider, false)
    expect(house.traffic.describe(house.target).providerBreaker).toBe('half-open')
  })

  it('does not end a rest that the upstream asked for', () => {
    const house = start()
    failTimes(house, failure('upstream_rate_limited', { retryAfterMs: 5_000 }), 1)
    house.traffic.checkSucceeded(house.provider, true)
    expect(house.traffic.permits(house.target)).toBe(false)
  })
})

describe('an attempt that another one outran', () => {
  it('is no failure, and no call in progress', () => {
    const { traffic, target } = start()
    for (let time = 0; time < 30; time++) traffic.begin(target).outrun()
    expect(traffic.permits(target)).toBe(true)
    expect(traffic.describe(target)).toMatchObject({ breaker: 'closed', busy: 0 })
  })

  it('shows that its target takes longer, and never that it is quick', () => {
    const { clock, traffic, target } = start()
    const outrunAfter = (ms: number) => {
      const attempted = traffic.begin(target)
      clock.pass(ms)
      attempted.outrun()
    }
    outrunAfter(3_000)
    expect(traffic.describe(target).latencyMs).toBe(3_000)
    outrunAfter(1)
    expect(traffic.describe(target).latencyMs).toBeGreaterThan(2_900)
  })

  it('lets the next call find out whether its target works again', () => {
    const house = start()
    failTimes(house, failure('upstream_broken'))
    house.clock.pass(OPTIONS.restMs)
    const { traffic, target } = house
    traffic.begin(target).outrun()
    expect(traffic.describe(target).breaker).toBe('half-open')
    expect(traffic.permits(target)).toBe(true)
  })
})
