/** A buffer that grows with what is added. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createGrowingBuffer } from '#streams'

it('holds all that was added, in order', () => {
  const piece = fc.oneof(fc.nat(3), fc.nat(70_000), fc.constant(3_000_000))
  fc.assert(
    fc.property(fc.nat(100_000), fc.array(piece, { maxLength: 15 }), (expected, lengths) => {
      const buffer = createGrowingBuffer(expected)
      const pieces = lengths.map((length, at) => Buffer.alloc(length, at + 250))
      for (const [at, next] of pieces.entries())
        if (at % 2 === 0) buffer.add(next)
        else buffer.addText(next.toString('latin1'))
      const all = Buffer.concat(pieces)
      expect(buffer.length).toBe(all.length)
      expect(buffer.bytes.equals(all)).toBe(true)
    }),
    { numRuns: 40 },
  )
})

it('is empty and can be used again once it is freed', () => {
  const buffer = createGrowingBuffer()
  buffer.add(Buffer.alloc(5_000_000))
  const { bytes } = buffer
  buffer.free()
  expect([buffer.length, buffer.bytes.length, bytes.length]).toEqual([0, 0, 0])
  buffer.addText('again')
  expect(buffer.bytes.toString()).toBe('again')
})
