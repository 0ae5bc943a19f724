/** Finds thoughts of other vendors in a relayed request: Google would refuse the signature that holds them. */
import { findElements, findMember, findMembers, JsonShapeError, type JsonSpan } from '#streams'
import { toGaps } from '../../thoughts/gaps.ts'
import { ENCODED_MARK } from './client-thoughts.ts'

const MARK = `"${ENCODED_MARK}`
const KEYS: ReadonlySet<string> = new Set(['thoughtSignature', 'thought_signature'])
const OPEN_ARRAY = 91
const OPEN_OBJECT = 123

/** The places to cut out. An element that becomes empty goes too. */
export const findForeignThoughts = (body: Buffer): readonly JsonSpan[] => {
  if (!body.includes(MARK)) return []
  try {
    const judged = memberOf(body, { start: 0, end: body.length }, 'contents').map((span) => ({
      span,
      ...judgeContent(body, span),
    }))
    return [...toGaps(judged), ...judged.flatMap(({ isRemoved, gaps }) => (isRemoved ? [] : gaps))]
  } catch (error) {
    if (!(error instanceof JsonShapeError)) throw error
    // Only the outline has been checked so far. The upstream reports what is wrong inside.
    return []
  }
}

const judgeContent = (body: Buffer, content: JsonSpan) => {
  const parts = memberOf(body, content, 'parts').map((span) => ({
    span,
    ...judgePart(body, span),
  }))
  return {
    isRemoved: parts.length > 0 && parts.every(({ isRemoved }) => isRemoved),
    gaps: [...toGaps(parts), ...parts.flatMap(({ isRemoved, gaps }) => (isRemoved ? [] : gaps))],
  }
}

/** A part loses its signature; a part that only carried one is removed. */
const judgePart = (body: Buffer, part: JsonSpan) => {
  const text = body.subarray(part.start, part.end)
  if (text[0] !== OPEN_OBJECT || !text.includes(MARK)) return { isRemoved: false, gaps: [] }
  const members = findMembers(text, Infinity).map(({ key, start, end }, index, all) => ({
    // Includes the key, which follows the comma or the brace.
    span: {
      start: part.start + text.indexOf(index === 0 ? '{' : ',', all[index - 1]?.end ?? 0) + 1,
      end: part.start + end,
    },
    isRemoved: KEYS.has(key) && text.toString('latin1', start, start + MARK.length) === MARK,
    isEmptyText: key === 'text' && text.toString('latin1', start, start + 2) === '""',
    key,
  }))
  const isSigned = members.some(({ isRemoved }) => isRemoved)
  const others = members.filter(({ isRemoved, key }) => !isRemoved && key !== 'thought')
  const isRemoved = isSigned && others.every(({ isEmptyText }) => isEmptyText)
  return { isRemoved, gaps: toGaps(members) }
}

/** The elements of an array in an object, if the mark is in it. */
const memberOf = (body: Buffer, object: JsonSpan, key: string): JsonSpan[] => {
  const text = body.subarray(object.start, object.end)
  if (!text.includes(MARK)) return []
  const found = findMember(text, key, Infinity)
  if (!found || text[found.start] !== OPEN_ARRAY) return []
  const start = object.start + found.start
  return findElements(text.subarray(found.start, found.end), Infinity).map((span) => ({
    start: start + span.start,
    end: start + span.end,
  }))
}
