/** What is left out of a JSON text, so that what stays is JSON. */
import type { JsonSpan } from '#streams'

interface Judged {
  readonly span: JsonSpan
  readonly isLeftOut: boolean
}

/** Elements of an array, or members of an object: each goes with the comma that then has nothing to part. */
export const toGaps = (elements: readonly Judged[]): JsonSpan[] => {
  let kept = false
  return elements.flatMap(({ span, isLeftOut }, at) => {
    kept ||= !isLeftOut
    if (!isLeftOut) return []
    if (kept) return [{ start: elements[at - 1]?.span.end ?? span.start, end: span.end }]
    return [{ start: span.start, end: elements[at + 1]?.span.start ?? span.end }]
  })
}
