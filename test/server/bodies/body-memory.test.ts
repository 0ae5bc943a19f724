/** Memory for bodies: the bytes are unchanged, and copied pieces are released. */
import { describe, expect, it } from 'vitest'
import { createBodyMemory } from '../../../src/server/bodies/body-memory.ts'

const PIECE_BYTES = 40_000

const ownPiece = (fill: number): Buffer => Buffer.allocUnsafeSlow(PIECE_BYTES).fill(fill)

describe('the pieces of a body', () => {
  it('are one body, whose memory is reused after it is released', () => {
    const memory = createBodyMemory()
    const first = memory.join([ownPiece(1), ownPiece(2)])
    expect(first.body).toEqual(Buffer.concat([ownPiece(1), ownPiece(2)]))
    const { buffer } = first.body
    first.release()
    first.release()
    const second = memory.join([ownPiece(3), ownPiece(4)])
    const third = memory.join([ownPiece(5), ownPiece(6)])
    expect(second.body.buffer).toBe(buffer)
    expect(third.body.buffer).not.toBe(buffer)
    expect(second.body).toEqual(Buffer.concat([ownPiece(3), ownPiece(4)]))
  })

  it('are freed once they are copied, but not memory that others share', () => {
    const own = ownPiece(1)
    const shared = Buffer.allocUnsafeSlow(2 * PIECE_BYTES).fill(2)
    const { body } = createBodyMemory().join([own, shared.subarray(0, PIECE_BYTES)])
    expect(own.length).toBe(0)
    expect(shared).toEqual(Buffer.alloc(2 * PIECE_BYTES, 2))
    expect(body).toEqual(Buffer.concat([ownPiece(1), ownPiece(2)]))
  })

  it('are the body themselves if there is only one', () => {
    const piece = ownPiece(1)
    expect(createBodyMemory().join([piece]).body).toBe(piece)
    expect(piece).toEqual(ownPiece(1))
  })
})
