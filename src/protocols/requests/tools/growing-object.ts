/**
 * Collects the arguments of a call piece by piece, and reports whether they are a complete object. Each piece is
 * scanned once, however often the state is queried.
 */
import { parseObject } from '#model'

export interface GrowingObject {
  /** Appends a piece, which is scanned when the state is next queried. */
  add(piece: string): void
  /** All pieces, as they arrived. */
  readonly raw: string
  readonly isWhole: boolean
}

const WHITE = /[ \t\n\r]/

/** @param toText decodes a piece that is stored in another form, such as escaped. */
export const createGrowingObject = (toText = (piece: string) => piece): GrowingObject => {
  let state: 'before' | 'within' | 'behind' | 'other' = 'before'
  let read = ''
  let unread = ''
  let depth = 0
  let inString = false
  let isEscaped = false
  let verdict: boolean | undefined

  const step = (character: string): void => {
    if (inString) {
      if (isEscaped) isEscaped = false
      else if (character === '\\') isEscaped = true
      else if (character === '"') inString = false
    } else if (state === 'within') {
      if (character === '"') inString = true
      else if (character === '{' || character === '[') depth++
      else if ((character === '}' || character === ']') && --depth === 0) state = 'behind'
    } else if (!WHITE.test(character)) {
      state = state === 'before' && character === '{' ? 'within' : 'other'
      depth = 1
    }
  }

  const catchUp = (): void => {
    if (state !== 'other') for (const character of toText(unread)) step(character)
    // Appended rather than joined: a join would copy all earlier text each time the string is flattened.
    read += unread
    unread = ''
  }

  return {
    add(piece) {
      unread += piece
    },
    get raw() {
      return read + unread
    },
    get isWhole() {
      if (unread !== '') catchUp()
      return state === 'behind' && (verdict ??= parseObject(toText(read)) !== undefined)
    },
  }
}
