/** Edits a few places of a body. */

/** JSON that replaces the bytes of a body from `start` to `end`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly json: string
}

/** For a body up to this size, one copy costs less than three pieces. */
const MAX_COPIED_BYTES = 8 * 1024

/** Returns the edited body in pieces. The rest of the body is not changed, and is copied only if the body is small. */
export const applyEdits = (body: Buffer, edits: readonly Edit[]): readonly Buffer[] => {
  const [edit] = edits
  if (!edit) return [body]
  if (edits.length === 1 && body.length <= MAX_COPIED_BYTES) return [copyEdited(body, edit)]
  const pieces: Buffer[] = []
  let position = 0
  for (const { start, end, json } of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(body.subarray(position, start), Buffer.from(json))
    position = end
  }
  return [...pieces, body.subarray(position)]
}

const copyEdited = (body: Buffer, { start, end, json }: Edit): Buffer => {
  const jsonBytes = Buffer.byteLength(json)
  const copy = Buffer.allocUnsafe(body.length - (end - start) + jsonBytes)
  body.copy(copy, 0, 0, start)
  copy.write(json, start)
  body.copy(copy, start + jsonBytes, end)
  return copy
}
