import { describe, expect, it } from 'vitest'
import { toTerms, toWords } from '../../../../src/chat/sessions/search/words.ts'

describe('the words of a text', () => {
  it.each([
    ['One, two; one!', ['one', 'two']],
    ['Crème BRÛLÉE', ['creme', 'brulee']],
    ['東京都', ['東京', '京都', '都']],
    ['東', ['東']],
    ['iPhone15の価格', ['iphone15', 'の価', '価格', '格']],
    ['한국어 글', ['한국어', '글']],
    ['がぎ', ['がぎ', 'ぎ']],
    ['🙂🙂', ['🙂']],
    ['a\0b', ['a', 'b']],
    ['*"()-:^', []],
    ['', []],
    ['x'.repeat(70), ['x'.repeat(64)]],
  ])('of %j are %j', (text, words) => {
    expect(toWords(text)).toEqual(words)
  })

  it('have letters, digits and pictures alone, so that none is an operator', () => {
    const all = Array.from({ length: 0x3000 }, (_, at) => String.fromCodePoint(at)).join(' ')
    for (const word of toWords(all))
      expect(word).toMatch(/^[\p{L}\p{N}\p{M}\p{Extended_Pictographic}]+$/u)
  })
})

describe('the terms of a search', () => {
  const exact = (word: string) => ({ word, isPrefix: false })
  const prefix = (word: string) => ({ word, isPrefix: true })

  it.each([
    ['one two', [[exact('one')], [prefix('two')]]],
    ['foo-bar baz', [[exact('foo'), exact('bar')], [prefix('baz')]]],
    ['foo ***', [[prefix('foo')]]],
    ['東京都 x', [[exact('東京'), exact('京都')], [prefix('x')]]],
    ['東 x', [[prefix('東')], [prefix('x')]]],
    ['***', []],
    [' ', undefined],
  ])('of %j are %j', (search, terms) => {
    expect(toTerms(search)).toEqual(terms)
  })

  it('are 16 at most, of 512 characters', () => {
    expect(toTerms('word '.repeat(50))).toHaveLength(16)
    expect(toTerms('x'.repeat(10_000))).toEqual([[prefix('x'.repeat(64))]])
  })
})
