/** Computes the spans to cut out of a JSON text so that the rest is valid JSON. */
import type { JsonSpan } from '#streams'

interface Judged {
  readonly span: JsonSpan
  readonly isRemoved: boolean
}

/** Array elements or object members are cut out with the comma that separated them. */
export const toGaps = (elements: readonly Judged[]): JsonSpan[] => {
  let kept = false
  return elements.flatMap(({ span, isRemoved }, at) => {
    kept ||= !isRemoved
    if (!isRemoved) return []
    if (kept) return [{ start: elements[at - 1]?.span.end ?? span.start, end: span.end }]
    return [{ start: span.start, end: elements[at + 1]?.span.start ?? span.end }]
  })
}
