/** Changes a body in few places. */

/** JSON to stand in a body from `start` to `end`, in place of what is there. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly json: string
}

/** The edited body in pieces: nothing but the edited places is touched, or copied. */
export const applyEdits = (body: Buffer, edits: readonly Edit[]): readonly Buffer[] => {
  const pieces: Buffer[] = []
  let position = 0
  for (const { start, end, json } of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(body.subarray(position, start), Buffer.from(json))
    position = end
  }
  return [...pieces, body.subarray(position)]
}
