/** A request in slices: nothing is lost, and words are not split. */
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import { planSlices } from '../../../src/usage/counting/slices.ts'
import { CHINESE, CODE, ENGLISH, RUSSIAN } from '../../tools/usage/requests.ts'

const slicesOf = (texts: readonly string[], most?: number): (readonly string[])[] => [
  ...{ [Symbol.iterator]: () => planSlices(texts, most).slices },
]

describe('slices', () => {
  it('contain all of it, in order', () => {
    const texts = [ENGLISH, '', CODE.repeat(100), 'x'.repeat(30_000), ...ENGLISH.repeat(5)]
    expect(slicesOf(texts).flat().join('')).toBe(texts.join(''))
  })

  it('are small, however many texts there are', () => {
    for (const texts of [['x'.repeat(100_000)], Array.from({ length: 100_000 }, () => 'x')]) {
      const slices = slicesOf(texts)
      expect(slices.length).toBeGreaterThan(10)
      for (const slice of slices) expect(slice.join(' ').length).toBeLessThanOrEqual(8_192)
    }
  })

  it.each([
    ['English', ENGLISH],
    ['code', CODE],
    ['Russian', RUSSIAN],
    ['Chinese between line ends', `${CHINESE}\n`],
  ])('cost what the complete text costs: %s', (_, unit) => {
    const text = unit.repeat(Math.ceil(50_000 / unit.length))
    const cut = slicesOf([text]).flat()
    expect(cut.length).toBeGreaterThan(3)
    expect(cut.reduce((sum, piece) => sum + countTokens(piece), 0)).toBe(countTokens(text))
  })

  it('keep the halves of a character together', () => {
    for (const shift of ['', 'x'])
      for (const piece of slicesOf([shift + '👋'.repeat(10_000)]).flat())
        expect(piece.isWellFormed()).toBe(true)
  })

  it('are samples of a text that is too long, from its beginning to its end', () => {
    const texts = Array.from({ length: 1_000 }, (_, index) => `${index} `.repeat(50))
    const { scale } = planSlices(texts, 10_000)
    const sampled = slicesOf(texts, 10_000).flat()
    const characters = sampled.join('').length
    expect(Math.round(characters * scale)).toBe(texts.join('').length)
    expect(sampled[0]).toMatch(/^0 /)
    expect(sampled.at(-1)).toMatch(/999 $/)
  })
})
