/** A breaker by itself, on a clock that only the test moves. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_BREAKER } from '#router'
import { createBreaker } from '../../../src/router/breaker/breaker.ts'
import { createChance, createClock } from '../../tools/router/virtual.ts'

const OPTIONS = { failures: 3, ratio: 0.5, windowMs: 10_000, restMs: 1_000 }

const start = (options: Partial<typeof OPTIONS> = {}) => {
  const clock = createClock()
  const changes: string[] = []
  const breaker = createBreaker({ ...OPTIONS, ...options }, clock.now, (state) =>
    changes.push(state),
  )
  const fail = (times = 1) => {
    for (let time = 0; time < times; time++) breaker.failed(breaker.enter())
  }
  const answer = (times = 1) => {
    for (let time = 0; time < times; time++) breaker.answered(breaker.enter())
  }
  return { clock, breaker, changes, fail, answer }
}

describe('a closed breaker', () => {
  it('opens after so many failures in a row', () => {
    const { breaker, fail, changes } = start()
    fail(2)
    expect(breaker.state).toBe('closed')
    fail()
    expect([breaker.state, breaker.permits()]).toEqual(['open', false])
    expect(changes).toEqual(['open'])
  })

  it('counts anew after an answer', () => {
    const { breaker, fail, answer } = start()
    for (let round = 0; round < 5; round++) {
      fail(2)
      answer(5)
    }
    expect(breaker.state).toBe('closed')
  })

  it('opens if half of the calls in the window fail, though never many in a row', () => {
    const { breaker, fail, answer } = start()
    for (let pair = 0; pair < 9; pair++) {
      answer()
      fail()
    }
    expect(breaker.state).toBe('closed')
    answer()
    fail()
    expect(breaker.state).toBe('open')
  })

  it('forgets failures that are older than the window', () => {
    const { breaker, clock, fail, answer } = start()
    for (let pair = 0; pair < 100; pair++) {
      answer()
      fail()
      clock.pass(2_000)
    }
    expect(breaker.state).toBe('closed')
  })

  it('opens if answers break off after they have begun', () => {
    const { breaker } = start()
    for (let call = 0; call < 20; call++) {
      const entry = breaker.answered(breaker.enter())
      breaker.broke(entry)
    }
    expect(breaker.state).toBe('open')
  })

  it('is not opened by attempts that show nothing', () => {
    const { breaker } = start()
    for (let call = 0; call < 50; call++) breaker.withdrew(breaker.enter())
    expect(breaker.state).toBe('closed')
  })
})

describe('an open breaker', () => {
  it('lets one call through after its rest, and closes with its answer', () => {
    const { breaker, clock, fail, changes } = start()
    fail(3)
    clock.pass(999)
    expect(breaker.permits()).toBe(false)
    clock.pass(1)
    expect([breaker.state, breaker.permits()]).toEqual(['half-open', true])
    const probe = breaker.enter()
    expect([breaker.state, breaker.permits()]).toEqual(['half-open', false])
    breaker.answered(probe)
    expect([breaker.state, breaker.permits()]).toEqual(['closed', true])
    expect(changes).toEqual(['open', 'closed'])
  })

  it('rests twice as long with each call that was let through and failed, up to five minutes', () => {
    const { breaker, clock, fail } = start()
    fail(3)
    const rests = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000]
    for (const restMs of [...rests, 300_000]) {
      clock.pass(restMs - 1)
      expect(breaker.permits()).toBe(false)
      clock.pass(1)
      expect(breaker.permits()).toBe(true)
      fail()
    }
  })

  it('lets the next call through if the one before it was given up by its client', () => {
    const { breaker, clock, fail } = start()
    fail(3)
    clock.pass(1_000)
    breaker.withdrew(breaker.enter())
    expect(breaker.permits()).toBe(true)
  })

  it('closes with the answer to a call that had no other target', () => {
    const { breaker, fail, answer } = start()
    fail(3)
    fail(5)
    expect(breaker.state).toBe('open')
    answer()
    expect(breaker.state).toBe('closed')
  })

  it('lets one call through at once when its rest is ended, and rests on if that fails', () => {
    const { breaker, clock, fail } = start()
    fail(3)
    breaker.endRest()
    expect([breaker.state, breaker.permits()]).toEqual(['half-open', true])
    fail()
    clock.pass(1_999)
    expect(breaker.permits()).toBe(false)
    breaker.endRest()
    const probe = breaker.enter()
    breaker.endRest()
    expect(breaker.permits()).toBe(false)
    breaker.answered(probe)
    expect(breaker.state).toBe('closed')
    breaker.endRest()
    expect(breaker.state).toBe('closed')
  })

  it('is not closed by calls that began before it opened', () => {
    const { breaker, clock, fail } = start()
    const early = [breaker.enter(), breaker.enter()]
    fail(3)
    for (const entry of early) breaker.answered(entry)
    expect(breaker.state).toBe('open')
    clock.pass(1_000)
    breaker.enter()
    const [late = 0] = early
    breaker.failed(late)
    breaker.answered(late)
    expect([breaker.state, breaker.permits()]).toEqual(['half-open', false])
  })
})

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'half-open lets exactly one call through, whatever happens in which order (seed %i)',
  (seed) => {
    const chance = createChance(seed)
    const { breaker, clock } = start({ failures: 2 })
    const running: { entry: number; isProbe: boolean }[] = []
    let probes = 0
    for (let step = 0; step < 20_000; step++) {
      const pick = chance()
      if (pick < 0.45) {
        const { state } = breaker
        if (!breaker.permits()) continue
        // The state says so exactly if a call is let through, or will be.
        expect(state).not.toBe('open')
        const isProbe = state === 'half-open'
        if (isProbe) {
          expect(running.filter((call) => call.isProbe)).toEqual([])
          probes++
        }
        running.push({ entry: breaker.enter(), isProbe })
        if (isProbe) expect(breaker.permits()).toBe(false)
      } else if (pick < 0.9) {
        const [call] = running.splice(Math.floor(chance() * running.length), 1)
        if (!call) continue
        const end = chance()
        if (end < 0.6) breaker.failed(call.entry)
        else if (end < 0.8) breaker.withdrew(call.entry)
        else breaker.answered(call.entry)
      } else clock.pass(chance() * 1_500)
    }
    expect(probes).toBeGreaterThan(20)
  },
)

it('the defaults are those of the documentation', () => {
  expect(DEFAULT_BREAKER).toEqual({ failures: 5, ratio: 0.5, windowMs: 60_000, restMs: 10_000 })
})
