/** Looks at the items of a relayed request that hold a mark of ours; the rest of it is not parsed. */
import { isJsonObject, type JsonObject } from '#model'
import { findElements, findMember, JsonShapeError, type JsonSpan } from '#streams'

const OPEN_ARRAY = 91

/**
 * Every item of the input with what `read` makes of it, where the mark is in it: no item at all where it is in
 * none.
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
      // The upstream will say what is wrong with it.
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
    // Only the outline was judged so far. The upstream will say what is wrong inside.
    return []
  }
}
