/** Walks through a relayed request as far as a mark of ours is in it; the rest of it is not parsed. */
import { type JsonObject, parseObject } from '#model'
import { findElements, findMember, JsonShapeError, type JsonSpan } from '#streams'

const OPEN_ARRAY = 91
const OPEN_OBJECT = 123

export interface MarkedJson {
  /** The elements of an array in the body, or in an object of it; none where the mark is not there. */
  elementsOf(key: string, object?: JsonSpan): JsonSpan[]
  /** The bytes of an object that holds the mark; undefined where it is none. */
  bytesOf(span: JsonSpan): Buffer | undefined
  /** The same, parsed. */
  read(span: JsonSpan): JsonObject | undefined
}

/** What `find` makes of a body that holds the mark; of any other, nothing. */
export const findMarked = <Found>(
  body: Buffer,
  mark: string,
  find: (json: MarkedJson) => readonly Found[],
): readonly Found[] => {
  if (!body.includes(mark)) return []
  try {
    return find(toMarkedJson(body, mark))
  } catch (error) {
    if (!(error instanceof JsonShapeError)) throw error
    // Only the outline was judged so far. The upstream will say what is wrong inside.
    return []
  }
}

const toMarkedJson = (body: Buffer, mark: string): MarkedJson => {
  const bytesOf = ({ start, end }: JsonSpan): Buffer | undefined => {
    const bytes = body.subarray(start, end)
    return bytes[0] === OPEN_OBJECT && bytes.includes(mark) ? bytes : undefined
  }
  return {
    elementsOf(key, object) {
      const bytes = object ? bytesOf(object) : body
      const array = bytes && findMember(bytes, key, Infinity)
      if (!array || bytes[array.start] !== OPEN_ARRAY) return []
      const offset = (object?.start ?? 0) + array.start
      return findElements(bytes.subarray(array.start, array.end), Infinity).map(
        ({ start, end }) => ({ start: offset + start, end: offset + end }),
      )
    },
    bytesOf,
    read(span) {
      const bytes = bytesOf(span)
      return bytes && parseObject(bytes.toString('utf8'))
    },
  }
}
