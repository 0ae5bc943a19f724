/** What the pieces of a body take. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { gatherPieces } from '../../../src/server/bodies/gather-pieces.ts'

it('is the body, however it is divided', () => {
  const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(1100), fc.nat(40_000)), { maxLength: 40 })
  fc.assert(
    fc.property(sizes, (lengths) => {
      const pieces = lengths.map((length, index) => Buffer.alloc(length, index + 1))
      const gathered = gatherPieces()
      for (const piece of pieces) gathered.add(Buffer.from(piece))
      expect(Buffer.concat(gathered.all).equals(Buffer.concat(pieces))).toBe(true)
    }),
    { numRuns: 50 },
  )
})

it('is few large pieces if many small ones arrive', () => {
  const gathered = gatherPieces()
  for (let index = 0; index < 100_000; index++) gathered.add(Buffer.from('x'))
  expect(gathered.all.length).toBeLessThan(20)
  gathered.add(Buffer.alloc(5000))
  expect(gathered.all.at(-1)).toHaveLength(5000)
})

it('are one buffer only, if they are large', () => {
  const gathered = gatherPieces()
  const pieces = Array.from({ length: 40 }, (_, at) => Buffer.allocUnsafeSlow(1_000_000).fill(at))
  for (const piece of pieces) gathered.add(piece)
  expect(pieces.filter(({ length }) => length > 0)).toEqual([])
  const [body, ...more] = gathered.all
  expect(more).toEqual([])
  expect(body).toHaveLength(40_000_000)
  for (let at = 0; at < 40; at++) {
    expect(body?.[at * 1_000_000]).toBe(at)
    expect(body?.[(at + 1) * 1_000_000 - 1]).toBe(at)
  }
})

it('keeps the order if small pieces follow a large body', () => {
  const gathered = gatherPieces()
  gathered.add(Buffer.alloc(4 * 1024 * 1024 - 10, 'a'))
  for (const piece of ['b'.repeat(2000), 'c', 'd']) gathered.add(Buffer.from(piece))
  expect(Buffer.concat(gathered.all).subarray(-2002).toString()).toBe(`${'b'.repeat(2000)}cd`)
})

it('frees all pieces if they are discarded', () => {
  for (const length of [100_000, 3_000_000]) {
    const gathered = gatherPieces()
    const pieces = Array.from({ length: 3 }, () => Buffer.allocUnsafeSlow(length))
    for (const piece of pieces) gathered.add(piece)
    const { all } = gathered
    gathered.discard()
    expect([...pieces, ...all].map((piece) => piece.length)).toEqual(
      [...pieces, ...all].map(() => 0),
    )
  }
})
