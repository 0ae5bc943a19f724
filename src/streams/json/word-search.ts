/** Finds short strings in JSON that is walked through anyway: to search all bytes for each of them costs far more. */

export interface WordSearch {
  readonly words: readonly Word[]
  /** A bit for every length that one of them has; lengths above 31 share the bits of shorter ones. */
  readonly lengths: number
}

interface Word {
  readonly text: string
  readonly bytes: Buffer
}

/** @param words in ASCII, without anything that JSON escapes. */
export const toWordSearch = (words: readonly string[]): WordSearch => ({
  words: words.map((text) => ({ text, bytes: Buffer.from(text) })),
  lengths: words.reduce((bits, { length }) => bits | (1 << length), 0),
})

export const NO_WORDS = toWordSearch([])

/** Which of them is there. */
export const wordAt = (
  { words }: WordSearch,
  bytes: Buffer,
  start: number,
  end: number,
): string | undefined =>
  words.find((word) => word.bytes.length === end - start && isAt(bytes, start, word))?.text

const isAt = (bytes: Buffer, start: number, { bytes: word }: Word): boolean => {
  for (let index = 0; index < word.length; index++)
    if (bytes[start + index] !== word[index]) return false
  return true
}
