import { assert, property, string } from 'fast-check'
import { expect, it } from 'vitest'
import { toKeyText } from '../../../../src/chat/sessions/rows/key-text.ts'

it('leaves the usual ids as they are', () => {
  for (const id of ['ses_1', '__proto__', '..', 'a:b.c-d', 'ann ben', 'x'.repeat(128)])
    expect(toKeyText(id)).toBe(id)
})

it('makes of any other id one that every database takes', () => {
  for (const id of ['', 'a\0', '\ud83d', 'ä', 'x'.repeat(129), 'sha256:0'])
    expect(toKeyText(id)).toMatch(/^sha256:[0-9a-f]{64}$/)
})

it('never makes one of two', () => {
  const text = string({ unit: 'binary', maxLength: 200 })
  assert(
    property(text, text, (one, two) => {
      expect(toKeyText(one) === toKeyText(two)).toBe(one === two)
      // Not even if somebody is called as another one is kept.
      expect(toKeyText(toKeyText(one)) === toKeyText(one)).toBe(toKeyText(one) === one)
    }),
  )
})
