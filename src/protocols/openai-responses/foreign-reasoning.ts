/** Finds thoughts of other vendors in a request that is relayed: what was sealed here OpenAI would refuse. */
import { isJsonObject } from '#model'
import { findElements, findMembers, JsonShapeError, type JsonSpan } from '#streams'
import { SEAL } from './sealed-reasoning.ts'

const MARK = `"${SEAL}`
const OPEN_ARRAY = 91

/** Places to be left out, each with the comma that then has nothing to part. */
export const findForeignReasoning = (body: Buffer): readonly JsonSpan[] => {
  if (!body.includes(MARK)) return []
  try {
    const input = findMembers(body, Infinity).findLast(({ key }) => key === 'input')
    if (!input || body[input.start] !== OPEN_ARRAY) return []
    const items = findElements(body.subarray(input.start, input.end), Infinity)
    return toGaps(
      items.map(({ start, end }) => {
        const span = { start: input.start + start, end: input.start + end }
        return { span, isForeign: isForeign(body, span) }
      }),
    )
  } catch (error) {
    if (!(error instanceof JsonShapeError)) throw error
    // Only the outline was judged so far. The upstream will say what is wrong inside.
    return []
  }
}

const isForeign = (body: Buffer, { start, end }: JsonSpan): boolean => {
  if (!body.subarray(start, end).includes(MARK)) return false
  try {
    const item: unknown = JSON.parse(body.toString('utf8', start, end))
    return (
      isJsonObject(item) &&
      item.type === 'reasoning' &&
      typeof item.encrypted_content === 'string' &&
      item.encrypted_content.startsWith(SEAL)
    )
  } catch {
    // The upstream will say what is wrong with it.
    return false
  }
}

const toGaps = (items: readonly { span: JsonSpan; isForeign: boolean }[]): JsonSpan[] => {
  let kept = false
  return items.flatMap(({ span, isForeign: foreign }, index) => {
    kept ||= !foreign
    if (!foreign) return []
    if (kept) return [{ start: items[index - 1]?.span.end ?? span.start, end: span.end }]
    return [{ start: span.start, end: items[index + 1]?.span.start ?? span.end }]
  })
}
