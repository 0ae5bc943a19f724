/** Memory that is held for callers: one budget, and a share of it for each. */
import { array, assert, constantFrom, nat, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryAccount } from '../../src/access/memory-account.ts'

const ALICE = { id: 'alice' }
const BOB = { id: 'bob' }
const CAROL = { id: 'carol' }

const accountOf = (maxBytes: number, shared = true) => createMemoryAccount({ maxBytes, shared })

describe('a budget with one caller', () => {
  it('is its own, and refuses with 503 when it is used up', () => {
    const account = accountOf(100, false)
    const { release } = account.hold(ALICE, 100)
    expect(() => account.hold(ALICE, 1)).toThrow(
      expect.objectContaining({ code: 'at_capacity', status: 503 }),
    )
    release()
    expect(account.hold(ALICE, 100).bytes).toBe(100)
  })
})

describe('a budget with many callers', () => {
  it('gives one alone half, and refuses it with 429 beyond that', () => {
    const account = accountOf(100)
    account.hold(ALICE, 50)
    expect(() => account.hold(ALICE, 1)).toThrow(
      expect.objectContaining({ code: 'at_capacity', status: 429, vendorCode: 'share_used_up' }),
    )
    expect(account.hold(BOB, 25).bytes).toBe(25)
    expect(account.hold(CAROL, 12).bytes).toBe(12)
  })

  it('leaves room for one more caller, however many greedy ones there are', () => {
    const account = accountOf(1_000_000)
    const greedy = Array.from({ length: 20 }, (_, at) => account.hold({ id: `greedy ${at}` }, 0))
    let grew = true
    while (grew) grew = greedy.map((held) => held.tryGrow(1000)).includes(true)
    for (const { bytes } of greedy) expect(Math.abs(bytes - 1_000_000 / 21)).toBeLessThan(2000)
    expect(account.hold(ALICE, 20_000).bytes).toBe(20_000)
  })
})

describe('memory that is kept only for later', () => {
  it('is released first if nobody relies on it, and for every hold', () => {
    const account = accountOf(100, false)
    const released: string[] = []
    const keep = (name: string, isSpare: boolean): void => {
      const holds = [10, 10].map((bytes) => account.hold(ALICE, bytes))
      account.onShortage(() => {
        const hold = holds.pop()
        hold?.release()
        if (hold) released.push(name)
        return hold !== undefined
      }, isSpare)
    }
    keep('needed', false)
    keep('spare', true)
    account.hold(BOB, 60)
    account.hold(BOB, 10, false)
    expect(released).toEqual(['spare'])
    expect(account.hold(BOB, 0, false).tryGrow(20)).toBe(false)
    expect(released).toEqual(['spare', 'spare'])
    account.hold(BOB, 20)
    expect(released).toEqual(['spare', 'spare', 'needed'])
  })

  it('is released before its caller is refused, and no more than is needed', () => {
    const account = accountOf(100)
    const kept = [10, 10, 10].map((bytes) => account.hold(ALICE, bytes))
    account.onShortage((callerId) => {
      if (callerId !== undefined && callerId !== ALICE.id) return false
      const oldest = kept.shift()
      oldest?.release()
      return oldest !== undefined
    })
    account.hold(ALICE, 40)
    expect(kept).toHaveLength(1)
    expect(account.hold(ALICE, 0).tryGrow(30)).toBe(false)
    expect(kept).toHaveLength(0)
  })

  it('of others stays if a caller uses up its own share', () => {
    const account = accountOf(100)
    const asked: (string | undefined)[] = []
    account.onShortage((callerId) => {
      asked.push(callerId)
      return false
    })
    account.hold(BOB, 20)
    expect(() => account.hold(ALICE, 50)).toThrow(expect.objectContaining({ status: 429 }))
    expect(asked).toEqual([ALICE.id])
  })

  it('stays if releasing it would not be enough', () => {
    const account = accountOf(100, false)
    account.onShortage(() => {
      throw new Error('asked in vain')
    })
    expect(() => account.hold(ALICE, 101)).toThrow(expect.objectContaining({ status: 503 }))
  })
})

describe('a hold', () => {
  it('grows and shrinks, and is unchanged by a refusal', () => {
    const account = accountOf(100, false)
    const held = account.hold(ALICE, 10)
    held.grow(80)
    expect(held.tryGrow(11)).toBe(false)
    expect(() => held.grow(11)).toThrow()
    expect(held.bytes).toBe(90)
    held.shrink(60)
    expect([held.bytes, account.heldBytes]).toEqual([30, 30])
  })

  it('is over once it is released', () => {
    const account = accountOf(100, false)
    const held = account.hold(ALICE, 10)
    held.release()
    held.release()
    held.grow(5)
    held.shrink(5)
    expect([held.tryGrow(5), held.bytes, account.heldBytes]).toEqual([false, 0, 0])
  })

  it('is never lost and never counted twice', () => {
    const step = tuple(nat(4), constantFrom('grow', 'shrink', 'release'), nat(60))
    assert(
      property(array(step), (steps) => {
        const account = accountOf(200)
        const holds = [ALICE, ALICE, BOB, BOB, CAROL].map((caller) => account.hold(caller, 0))
        for (const [at, what, bytes] of steps) {
          const held = holds[at]
          if (what === 'grow') held?.tryGrow(bytes)
          else if (what === 'shrink') held?.shrink(bytes)
          else held?.release()
          expect(account.heldBytes).toBe(holds.reduce((sum, each) => sum + each.bytes, 0))
          expect(account.heldBytes).toBeLessThanOrEqual(200)
        }
        for (const held of holds) held.release()
        expect(account.heldBytes).toBe(0)
      }),
    )
  })
})
