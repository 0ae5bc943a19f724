/** Reads the items of a relayed request that hold a mark of Sluice's; nothing else is parsed. */
import { isJsonObject, type JsonObject } from '#model'
import { findElements, findMember, JsonShapeError, type JsonSpan } from '#streams'

const OPEN_ARRAY = 91

/**
 * Returns every item of the input, with the result of `read` if the item holds the mark. If the body does not hold it,
 * the list is empty.
 */
export const readMarkedItems = <Found>(
  body: Buffer,
  mark: string,
  read: (item: JsonObject) => Found | undefined,
): { readonly span: JsonSpan; readonly found: Found | undefined }[] => {
  if (!body.includes(mark)) return []
  const readAt = ({ start, end }: JsonSpan): Found | undefined => {
    if (!body.subarray(start, end).includes(mark)) return undefined
    try {
      const item: unknown = JSON.parse(body.toString('utf8', start, end))
      return isJsonObject(item) ? read(item) : undefined
    } catch {
      // The upstream reports what is wrong with it.
      return undefined
    }
  }
  try {
    const input = findMember(body, 'input', Infinity)
    if (!input || body[input.start] !== OPEN_ARRAY) return []
    return findElements(body.subarray(input.start, input.end), Infinity).map(({ start, end }) => {
      const span = { start: input.start + start, end: input.start + end }
      return { span, found: readAt(span) }
    })
  } catch (error) {
    if (!(error instanceof JsonShapeError)) throw error
    // Only the outline has been checked so far. The upstream reports what is wrong inside.
    return []
  }
}
