/** Finds the next quote or backslash in bytes, four of them at a time. */

export interface MarkSearch {
  readonly bytes: Buffer
  /** The same memory, as words; the first may begin some bytes before `bytes`. */
  readonly words: Int32Array
  readonly offset: number
}

const WORD_BYTES = 4
const QUOTE = 34
const BACKSLASH = 92
/** One byte in all four places of a word. */
const QUOTES = 0x22222222
const BACKSLASHES = 0x5c5c5c5c
const ONES = 0x01010101
const HIGH_BITS = 0x80808080 | 0

export const toMarkSearch = (bytes: Buffer): MarkSearch => {
  const offset = bytes.byteOffset % WORD_BYTES
  const count = Math.floor((offset + bytes.length) / WORD_BYTES)
  return { bytes, words: new Int32Array(bytes.buffer, bytes.byteOffset - offset, count), offset }
}

/** Where the next one stands, from `start` on; the length of the bytes where none does. */
export const findMark = ({ bytes, words, offset }: MarkSearch, start: number): number => {
  const { length } = bytes
  let position = start
  for (; position < length && (position + offset) % WORD_BYTES !== 0; position++)
    if (bytes[position] === QUOTE || bytes[position] === BACKSLASH) return position
  let index = (position + offset) / WORD_BYTES
  for (; index < words.length; index++) {
    // A byte that equals the mark becomes zero, and a word with a zero byte shows it in a high bit:
    // https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord
    const word = words[index] as number
    const quotes = word ^ QUOTES
    const backslashes = word ^ BACKSLASHES
    if (((((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes)) & HIGH_BITS) !== 0)
      break
  }
  position = Math.max(position, index * WORD_BYTES - offset)
  while (position < length && bytes[position] !== QUOTE && bytes[position] !== BACKSLASH) position++
  return position
}
