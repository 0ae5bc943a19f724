/** Numbers that look random and are the same for the same seed. */

export interface Random {
  /** From 0, up to but without `below`. */
  below(below: number): number
  chance(probability: number): boolean
  pick<Value>(values: readonly Value[]): Value
}

const FNV_PRIME = 0x01000193
const FNV_START = 0x811c9dc5

const hash = (text: string): number => {
  let state = FNV_START
  for (let at = 0; at < text.length; at++)
    state = Math.imul(state ^ text.charCodeAt(at), FNV_PRIME) >>> 0
  return state
}

/** Mulberry32. The same words give the same numbers, so that one mutant can be made without the others. */
export const createRandom = (...words: readonly (string | number)[]): Random => {
  let state = hash(words.join('/'))
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    chance: (probability) => next() < probability,
    pick(values) {
      if (values.length === 0) throw new RangeError('there is nothing to pick from')
      return values[below(values.length)] as (typeof values)[number]
    },
  }
}
