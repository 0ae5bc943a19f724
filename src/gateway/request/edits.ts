/** Edits a few places of a body. */

/** JSON that replaces the bytes of a body from `start` to `end`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly json: string
}

/** Returns the edited body in pieces. The rest of the body is neither changed nor copied. */
export const applyEdits = (body: Buffer, edits: readonly Edit[]): readonly Buffer[] => {
  const pieces: Buffer[] = []
  let position = 0
  for (const { start, end, json } of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(body.subarray(position, start), Buffer.from(json))
    position = end
  }
  return [...pieces, body.subarray(position)]
}
