/** Answers in this process are bounded, counted for their callers, and the first to be removed. */
import { describe, expect, it } from 'vitest'
import { createMemoryAccount } from '#access'
import { createKeptAnswers } from '#gateway'

const ANN = { id: 'ann' }
const BEN = { id: 'ben' }

const start = ({ maxBytes = 4_000, budget = 1_000_000, shared = false } = {}) => {
  const clock = { ms: 0 }
  const memory = createMemoryAccount({ maxBytes: budget, shared })
  const answers = createKeptAnswers(memory, { maxBytes }, () => clock.ms)
  const keep = (key: string, answer: string, caller = ANN): void =>
    void answers.keep(key, answer, 100, caller)
  const kept = (...keys: readonly string[]): readonly string[] =>
    keys.filter((key) => answers.recall(key) !== undefined)
  return { clock, memory, answers, keep, kept }
}

const text = 'x'.repeat(500)

describe('an answer that is kept', () => {
  it('is recalled byte by byte', () => {
    const { answers, keep } = start()
    const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at))
    keep('a', bytes)
    expect(answers.recall('a')).toBe(bytes)
    expect(answers.recall('b')).toBeUndefined()
  })

  it('ends when its time has passed, and is then not counted', () => {
    const { clock, answers, memory, keep } = start()
    keep('a', text)
    expect(memory.heldBytes).toBeGreaterThan(500)
    clock.ms = 99
    expect(answers.recall('a')).toBe(text)
    clock.ms = 100
    expect(answers.recall('a')).toBeUndefined()
    expect(memory.heldBytes).toBe(0)
  })

  it('replaces the one before', () => {
    const { answers, memory, keep } = start()
    keep('a', 'one')
    const { heldBytes } = memory
    keep('a', 'two')
    expect(answers.recall('a')).toBe('two')
    expect(memory.heldBytes).toBe(heldBytes)
  })

  it('makes room for later ones when it was used longest ago', () => {
    const { answers, keep, kept } = start()
    for (const key of ['a', 'b', 'c', 'd']) keep(key, text)
    answers.recall('a')
    keep('e', text)
    expect(kept('a', 'b', 'c', 'd', 'e')).toEqual(['a', 'c', 'd', 'e'])
  })

  it('never takes more than there is room for', () => {
    const { memory, keep, kept } = start()
    for (let at = 0; at < 1_000; at++) {
      keep(`${at}`, 'x'.repeat(at % 700))
      expect(memory.heldBytes).toBeLessThanOrEqual(4_000)
    }
    keep('large', 'x'.repeat(4_000))
    expect(kept('large', '999')).toEqual(['999'])
  })
})

describe('the memory of answers that are kept', () => {
  it('is released for whatever else is held, the oldest answer first', () => {
    const { memory, keep, kept } = start({ budget: 4_000 })
    for (const key of ['a', 'b', 'c']) keep(key, text, BEN)
    const hold = memory.hold(ANN, 2_000)
    expect(kept('a', 'b', 'c')).toEqual(['b', 'c'])
    hold.grow(1_500)
    expect(kept('a', 'b', 'c')).toEqual([])
    expect(memory.heldBytes).toBe(3_500)
  })

  it('is first that of the caller whose share is used up', () => {
    const { memory, keep, kept } = start({ budget: 5_000, shared: true })
    keep('of ben', text, BEN)
    keep('of ann', text, ANN)
    memory.hold(ANN, 2_000)
    expect(kept('of ann', 'of ben')).toEqual(['of ben'])
    memory.hold(ANN, 500)
    expect(kept('of ben')).toEqual([])
  })

  it('is released before what clients come back to, and where that is not', () => {
    const { memory, keep, kept } = start({ budget: 2_000 })
    let asked = 0
    memory.onShortage(() => asked++ > 100)
    keep('a', text)
    memory.hold(BEN, 1_500)
    expect(kept('a')).toEqual([])
    keep('b', 'x')
    expect(asked).toBe(0)
    expect(() => memory.hold(BEN, 600, false)).toThrow(/holds as much/)
    expect(asked).toBe(0)
  })

  it('takes no more than there is, and its answers replace each other', () => {
    const { memory, keep, kept } = start({ budget: 2_500 })
    for (const key of ['a', 'b', 'c']) keep(key, text)
    expect(kept('a', 'b', 'c')).toEqual(['b', 'c'])
    memory.hold(BEN, 2_400)
    keep('d', text)
    expect(kept('b', 'c', 'd')).toEqual([])
  })
})
