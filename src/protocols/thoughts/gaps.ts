/** What is left out of a JSON text, so that what stays is JSON. */
import type { JsonSpan } from '#streams'

export interface Judged {
  readonly span: JsonSpan
  readonly isRemoved: boolean
  /** What is left out of it where it stays. */
  readonly gaps?: readonly JsonSpan[]
}

/** Elements of an array, or members of an object: each goes with the comma that then has nothing to part. */
export const toGaps = (elements: readonly Judged[]): JsonSpan[] => {
  let kept = false
  return elements.flatMap(({ span, isRemoved, gaps = [] }, at) => {
    kept ||= !isRemoved
    if (!isRemoved) return gaps
    if (kept) return [{ start: elements[at - 1]?.span.end ?? span.start, end: span.end }]
    return [{ start: span.start, end: elements[at + 1]?.span.start ?? span.end }]
  })
}

/** What held nothing else goes with what it held: vendors refuse empty content. */
export const judgeHolder = (span: JsonSpan, held: readonly Judged[]): Judged => ({
  span,
  isRemoved: held.length > 0 && held.every(({ isRemoved }) => isRemoved),
  gaps: toGaps(held),
})
