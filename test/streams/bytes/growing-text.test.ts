/** What is kept of a text that comes in pieces. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createGrowingText, toByteString } from '#streams'

it('is the text, however it is divided', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 3000 })), (pieces) => {
      const text = createGrowingText()
      const bytes = pieces.map((piece) => toByteString(piece))
      for (const piece of bytes) text.add(piece)
      expect(text.value).toBe(bytes.join(''))
    }),
  )
})

it('is given away complete, and begins anew', () => {
  const text = createGrowingText()
  for (let round = 0; round < 2; round++) {
    for (let piece = 0; piece < 500; piece++) text.add(String(piece % 10))
    text.addRead('r'.repeat(10_000))
    text.addRead('end')
    expect(text.length).toBe(10_503)
    const taken = text.take()
    expect(taken).toBe(`${'0123456789'.repeat(50)}${'r'.repeat(10_000)}end`)
    expect([text.length, text.value]).toEqual([0, ''])
  }
})
