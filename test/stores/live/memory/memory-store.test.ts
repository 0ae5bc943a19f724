import { describe, expect, it, vi } from 'vitest'
import { createMemoryStore } from '../../../../src/stores/live/memory/memory-store.ts'
import { another, bucketOf, slotOf, windowOf } from '../../../tools/stores/claims.ts'

const createStore = () => {
  const clock = { ms: 1000 }
  return { clock, store: createMemoryStore({ now: () => clock.ms }) }
}

describe('a memory store', () => {
  it('ends a window when its time has passed, and not before', () => {
    const { clock, store } = createStore()
    const claim = windowOf(2, { windowMs: 100 })
    store.take([claim])
    clock.ms += 60
    expect(store.take([claim]).states).toEqual([{ limit: 2, remaining: 0, resetMs: 40 }])
    clock.ms += 39
    expect(store.take([claim])).toMatchObject({ allowed: false, retryAfterMs: 1 })
    clock.ms += 1
    expect(store.take([claim]).states).toEqual([{ limit: 2, remaining: 1, resetMs: 100 }])
  })

  it('refills a bucket at its rate, up to its burst', () => {
    const { clock, store } = createStore()
    const claim = bucketOf(5, { perMinute: 60 })
    store.take([{ ...claim, amount: 5 }])
    expect(store.take([claim])).toMatchObject({ allowed: false, retryAfterMs: 1000 })
    clock.ms += 999
    expect(store.take([claim])).toMatchObject({ allowed: false, retryAfterMs: 1 })
    clock.ms += 1
    expect(store.take([claim])).toMatchObject({ allowed: true, states: [{ resetMs: 5000 }] })
    clock.ms += 3_600_000
    expect(store.take([claim]).states).toMatchObject([{ remaining: 4 }])
  })

  it('lets a caller pass that waits as long as it was told', () => {
    const { clock, store } = createStore()
    const claim = bucketOf(7, { perMinute: 7 })
    for (let at = 0; at < 7; at++) store.take([claim])
    for (let at = 0; at < 50; at++) {
      clock.ms += store.take([claim]).retryAfterMs ?? 0
      expect(store.take([claim]).allowed).toBe(true)
    }
  })

  it('works off a debt before it refills', () => {
    const { clock, store } = createStore()
    const claim = bucketOf(10, { perMinute: 60_000 })
    store.take([claim])
    store.correct(claim, 29)
    expect(store.take([claim])).toMatchObject({ allowed: false, retryAfterMs: 21 })
    clock.ms += 21
    expect(store.take([claim]).allowed).toBe(true)
  })

  it('refills at the new rate when the rate was changed', () => {
    const { clock, store } = createStore()
    const claim = bucketOf(10, { perMinute: 60 })
    store.take([{ ...claim, amount: 10 }])
    clock.ms += 1000
    expect(store.take([{ ...claim, perMinute: 600 }]).states).toMatchObject([{ remaining: 9 }])
  })

  it('keeps nothing of keys that are idle', () => {
    const { clock, store } = createStore()
    const slots: ReturnType<typeof slotOf>[] = []
    for (let at = 0; at < 500; at++) {
      const slot = slotOf(1)
      slots.push(slot)
      store.take([windowOf(1, { windowMs: 100 }), bucketOf(5, { perMinute: 60_000 }), slot])
    }
    expect(store.size).toBe(1500)
    store.release(slots)
    expect(store.size).toBe(1000)
    clock.ms += 200
    for (let at = 0; at < 500; at++)
      store.take([windowOf(1, { windowMs: 1 }), bucketOf(5, { perMinute: 60_000 })])
    clock.ms += 200
    store.take([windowOf(1), bucketOf(5)])
    store.take([windowOf(1), bucketOf(5)])
    expect(store.size).toBeLessThan(1100)
  })

  it('keeps nothing of a bucket that was given back', () => {
    const { store } = createStore()
    const claim = bucketOf(10, { amount: 4 })
    store.take([claim])
    store.correct(claim, -4)
    expect(store.size).toBe(0)
  })

  it('counts slots that were taken elsewhere, even above the maximum', () => {
    const { store } = createStore()
    const claim = slotOf(1)
    store.hold(claim)
    store.hold(another(claim))
    expect(store.take([another(claim)])).toMatchObject({
      allowed: false,
      states: [{ remaining: 0 }],
    })
  })

  it('does not run a listener inside of publish, nor after its end', async () => {
    const { store } = createStore()
    const heard: string[] = []
    const end = store.subscribe('channel', (message) => heard.push(message))
    store.publish('channel', 'first')
    expect(heard).toEqual([])
    await Promise.resolve()
    expect(heard).toEqual(['first'])
    store.publish('channel', 'second')
    end()
    await Promise.resolve()
    expect(heard).toEqual(['first'])
  })
})

it('has a complete window left when it begins, whatever fraction of a millisecond it is', () => {
  const claim = { kind: 'window', key: '{a}', windowMs: 60_000, max: 9, amount: 1 } as const
  const clock = vi.spyOn(performance, 'now')
  for (let round = 0; round < 500; round++) {
    clock.mockReturnValue(10_000 + Math.random() * 100_000)
    expect(createMemoryStore().take([claim]).states[0]?.resetMs).toBe(60_000)
  }
  clock.mockRestore()
})
