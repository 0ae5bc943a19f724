/** Names with wildcards. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWildcard } from '#model'

describe('a wildcard', () => {
  it.each([
    ['claude-*', 'claude-opus', ['opus']],
    ['claude-*', 'claude-', ['']],
    ['claude-*', 'gpt-5', undefined],
    ['claude-*haiku*', 'claude-haiku-haiku-4', ['haiku-', '-4']],
    ['*', 'anything', ['anything']],
    ['a*a', 'a', undefined],
    ['a*a', 'aa', ['']],
    ['**', 'ab', ['ab', '']],
    ['https://*.example', 'https://a.b.example', ['a.b']],
    ['no wildcard', 'no wildcard', []],
    ['no wildcard', 'another', undefined],
    ['a.c', 'abc', undefined],
  ])('%s of %s', (pattern, text, runs) => {
    expect(createWildcard(pattern)(text)).toEqual(runs)
  })

  it('is what the regular expression with (.*) would find', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 })
    fc.assert(
      fc.property(piece, text, (pattern, name) => {
        const found = new RegExp(`^${pattern.replaceAll('*', '(.*)')}$`).exec(name)
        expect(createWildcard(pattern)(name)).toEqual(found ? [...found].slice(1) : undefined)
      }),
    )
  })
})
