/**
 * The arguments of a call, which come in pieces: whether they are a complete object yet. Each piece is read once,
 * however often it is asked.
 */
import { parseObject } from '#model'

export interface GrowingObject {
  /** More of its text; not looked at before somebody asks. */
  add(piece: string): void
  /** All pieces, as they came. */
  readonly raw: string
  readonly isWhole: boolean
}

const WHITE = /[ \t\n\r]/

/** @param toText of a piece that is kept as it came: escaped, say. */
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
    // Put behind, not joined: what was read would be copied each time that it is flattened.
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
