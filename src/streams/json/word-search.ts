/** Finds short strings in JSON during a walk that happens anyway. To search for each one separately costs far more. */

export interface WordSearch {
  readonly words: readonly Word[]
  /** A bitmask of the lengths of the words; lengths above 31 share the bits of shorter ones. */
  readonly lengths: number
}

interface Word {
  readonly text: string
  readonly bytes: Buffer
}

/** @param words ASCII, without characters that JSON escapes. */
export const toWordSearch = (words: readonly string[]): WordSearch => ({
  words: words.map((text) => ({ text, bytes: Buffer.from(text) })),
  lengths: words.reduce((bits, { length }) => bits | (1 << length), 0),
})

export const NO_WORDS = toWordSearch([])

/** The word at this position, if there is one. */
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
