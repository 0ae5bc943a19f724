import { describe, expect, it } from 'vitest'
import { compose, translateAll, type Translator } from '#streams'

const double: Translator<number, number> = (emit) => ({
  push: (item) => emit(item * 2),
  end() {},
})

/** Says the sum at the end. */
const sum: Translator<number, number> = (emit) => {
  let total = 0
  return {
    push(item) {
      total += item
    },
    end: () => emit(total),
  }
}

describe('a translator', () => {
  it('is given every item and its end', () => {
    expect(translateAll(sum, [1, 2, 3])).toEqual([6])
  })

  it('starts anew each time', () => {
    translateAll(sum, [1])
    expect(translateAll(sum, [2])).toEqual([2])
  })
})

describe('a translator after another', () => {
  it('reads the output of the first one', () => {
    expect(translateAll(compose(double, sum), [1, 2, 3])).toEqual([12])
  })

  it('is ended after the last output of the first one', () => {
    expect(translateAll(compose(sum, double), [1, 2, 3])).toEqual([12])
    expect(translateAll(compose(sum, sum), [1, 2, 3])).toEqual([6])
  })
})
