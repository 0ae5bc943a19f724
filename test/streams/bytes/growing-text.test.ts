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

it('is the text where it is too long for the heap, with all bytes, however it is divided', () => {
  const all = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte)).repeat(5000)
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 20 }),
      (sizes) => {
        const text = createGrowingText()
        let at = 0
        for (let round = 0; at < all.length; round++) {
          const end = at + (sizes[round % sizes.length] ?? 1) + 10_000
          if (round % 2 === 0) text.addRead(all.slice(at, end))
          else text.add(all.slice(at, end))
          at = end
          expect(text.length).toBe(Math.min(end, all.length))
        }
        expect(text.value === all).toBe(true)
        expect(text.take() === all).toBe(true)
        text.addRead(all)
        text.clear()
        expect([text.length, text.value]).toEqual([0, ''])
      },
    ),
    { numRuns: 30 },
  )
})
