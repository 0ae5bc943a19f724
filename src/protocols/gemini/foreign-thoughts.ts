/** Finds thoughts of other vendors in a relayed request: Google would refuse the signature that holds them. */
import { findElements, findMembers, JsonShapeError, type JsonSpan } from '#streams'
import { ENCODED_MARK } from './client-thoughts.ts'

const MARK = `"${ENCODED_MARK}`
const KEYS: ReadonlySet<string> = new Set(['thoughtSignature', 'thought_signature'])
const OPEN_ARRAY = 91
const OPEN_OBJECT = 123

/** Places to be left out. What held nothing else goes with them. */
export const findForeignThoughts = (body: Buffer): readonly JsonSpan[] => {
  if (!body.includes(MARK)) return []
  try {
    const judged = memberOf(body, { start: 0, end: body.length }, 'contents').map((span) => ({
      span,
      ...judgeContent(body, span),
    }))
    return [...toGaps(judged), ...judged.flatMap(({ isEmpty, gaps }) => (isEmpty ? [] : gaps))]
  } catch (error) {
    if (!(error instanceof JsonShapeError)) throw error
    // Only the outline was judged so far. The upstream will say what is wrong inside.
    return []
  }
}

const judgeContent = (body: Buffer, content: JsonSpan) => {
  const parts = memberOf(body, content, 'parts').map((span) => ({
    span,
    ...judgePart(body, span),
  }))
  return {
    isEmpty: parts.length > 0 && parts.every(({ isEmpty }) => isEmpty),
    gaps: [...toGaps(parts), ...parts.flatMap(({ isEmpty, gaps }) => (isEmpty ? [] : gaps))],
  }
}

/** A part loses its signature; one that was there for the signature alone goes with it. */
const judgePart = (body: Buffer, part: JsonSpan) => {
  const text = body.subarray(part.start, part.end)
  if (text[0] !== OPEN_OBJECT || !text.includes(MARK)) return { isEmpty: false, gaps: [] }
  const members = findMembers(text, Infinity).map(({ key, start, end }, index, all) => ({
    // With the key, which begins behind what stands before it.
    span: { start: part.start + (all[index - 1]?.end ?? 1), end: part.start + end },
    isEmpty: KEYS.has(key) && text.toString('latin1', start, start + MARK.length) === MARK,
    says: text.toString('latin1', start, end),
    key,
  }))
  const isSigned = members.some(({ isEmpty }) => isEmpty)
  const others = members.filter(({ isEmpty, key }) => !isEmpty && key !== 'thought')
  const isEmpty = isSigned && others.every(({ key, says }) => key === 'text' && says === '""')
  return { isEmpty, gaps: isSigned ? toMemberGaps(text, part, members) : [] }
}

interface Judged {
  readonly span: JsonSpan
  readonly isEmpty: boolean
}

/** Members begin where the one before them ends, so that only the first must take its comma along. */
const toMemberGaps = (text: Buffer, part: JsonSpan, members: readonly Judged[]): JsonSpan[] =>
  members.flatMap(({ span, isEmpty }, index) => {
    if (!isEmpty) return []
    if (index > 0) return [span]
    const comma = text.indexOf(',', span.end - part.start)
    return [{ start: span.start, end: comma === -1 ? span.end : part.start + comma + 1 }]
  })

/** The elements of an array in an object, where the mark is in it. */
const memberOf = (body: Buffer, object: JsonSpan, key: string): JsonSpan[] => {
  const text = body.subarray(object.start, object.end)
  if (!text.includes(MARK)) return []
  const found = findMembers(text, Infinity).findLast((member) => member.key === key)
  if (!found || text[found.start] !== OPEN_ARRAY) return []
  const start = object.start + found.start
  return findElements(text.subarray(found.start, found.end), Infinity).map((span) => ({
    start: start + span.start,
    end: start + span.end,
  }))
}

/** Each with the comma that then has nothing to part. */
const toGaps = (elements: readonly Judged[]): JsonSpan[] => {
  let kept = false
  return elements.flatMap(({ span, isEmpty }, at) => {
    kept ||= !isEmpty
    if (!isEmpty) return []
    if (kept) return [{ start: elements[at - 1]?.span.end ?? span.start, end: span.end }]
    return [{ start: span.start, end: elements[at + 1]?.span.start ?? span.end }]
  })
}
