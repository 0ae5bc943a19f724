/** What is kept of a text that comes in pieces. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createGrowingText, toByteString } from '#streams'

it('is the text, whatever the pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 3000 })), (pieces) => {
      const text = createGrowingText()
      const bytes = pieces.map((piece) => toByteString(piece))
      for (const piece of bytes) text.add(piece)
      expect(text.value).toBe(bytes.join(''))
    }),
  )
})
