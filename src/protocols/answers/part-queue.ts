/** Orders parts that interleave for protocols in which they may not: while one is written, the others wait. */
import type { Citation, PartDelta, PartOpening } from '#model'
import type { PartWriter } from './part-writer.ts'

interface WaitingPart {
  readonly index: number
  readonly opening: PartOpening
  readonly held: (PartDelta | Citation)[]
  ended: boolean
  signature: string | undefined
}

export interface PartQueue {
  start(index: number, opening: PartOpening): void
  grow(delta: PartDelta): void
  end(index: number, signature: string | undefined): void
  /** Ends every remaining part; returns false if one of them must not end. */
  endAll(mayBeCut: boolean): boolean
}

/** How many written parts are removed at a time. */
const WRITTEN_PARTS = 1000

/** @param open starts to write a part; it returns undefined if nothing may follow. */
export const createPartQueue = (
  open: (opening: PartOpening) => PartWriter | undefined,
): PartQueue => {
  const parts: WaitingPart[] = []
  // The index of the first unwritten part. Removing each part at once would move all the others.
  let first = 0
  /** The part that started last at each index. */
  const latest = new Map<number, WaitingPart>()
  let active = -1
  let writer: PartWriter | undefined
  // The current part has ended but is incomplete.
  let stuck = false

  /** Writes the first waiting part as far as it has arrived, then the parts that it held up. */
  const advance = (): void => {
    for (let next = parts[first]; next && !writer; next = parts[first]) {
      writer = open(next.opening)
      if (!writer) return
      active = next.index
      for (const held of next.held.splice(0))
        if ('type' in held) writer.write(held)
        else writer.cite(held)
      if (next.ended) close(next.signature)
    }
  }

  const close = (signature: string | undefined): void => {
    if (stuck || !writer) return
    stuck = writer.end(signature) === false
    if (!stuck) release()
  }

  const release = (): void => {
    stuck = false
    writer = undefined
    active = -1
    const written = parts[first]
    if (written) forget(written)
    if (++first < WRITTEN_PARTS) return
    parts.splice(0, first)
    first = 0
  }

  const forget = (part: WaitingPart): void => {
    if (latest.get(part.index) === part) latest.delete(part.index)
  }

  const find = (index: number): WaitingPart | undefined => {
    const part = latest.get(index)
    return part?.ended ? undefined : part
  }

  const cite = (of: number, citation: Citation): void => {
    if (of === active) writer?.cite(citation)
    else latest.get(of)?.held.push(citation)
  }

  const isStuck = (): boolean => stuck

  const abandon = (): void => {
    writer?.abandon?.()
    release()
    advance()
  }

  const endAll = (mayBeCut: boolean): boolean => {
    for (const part of parts) part.ended = true
    close(parts[first]?.signature)
    advance()
    if (mayBeCut) while (isStuck()) abandon()
    return !stuck
  }

  return {
    start(index, opening) {
      if (opening.kind === 'citation') return cite(opening.of, opening.citation)
      if (find(index)) return
      const part = { index, opening, held: [], ended: false, signature: undefined }
      parts.push(part)
      latest.set(index, part)
      advance()
    },
    grow(delta) {
      if (delta.index !== active) return void find(delta.index)?.held.push(delta)
      if (!stuck) writer?.write(delta)
    },
    end(index, signature) {
      const part = find(index)
      if (!part) return
      part.ended = true
      part.signature = signature
      if (part !== parts[first]) return
      close(signature)
      advance()
    },
    endAll,
  }
}
