/** Counts a text with a tokenizer whose cost is quadratic in the length of a word. */

export type CountTokens = (text: string) => number

// What the tokenizer considers one word: letters, signs, white space, and the line ends and slashes that
// may follow signs.
const LONGEST_WORD = 256
const RUNS = ['[\\p{L}\\p{M}]', '[^\\s\\p{L}\\p{N}]', '\\s', '[\\r\\n/]']

/** Matches only at the start of a run; otherwise words just below the limit would be read again and again. */
const LONG_WORD = new RegExp(
  RUNS.map((run) => `(?<!${run})${run}{${LONGEST_WORD},}`).join('|'),
  'gu',
)

export const countText = (text: string, count: CountTokens): number => {
  let tokens = 0
  let end = 0
  for (const { 0: word, index } of text.matchAll(LONG_WORD)) {
    tokens += countPart(text.slice(end, index), count)
    for (const piece of piecesOf(word)) tokens += count(piece)
    end = index + word.length
  }
  return tokens + countPart(end === 0 ? text : text.slice(end), count)
}

const countPart = (text: string, count: CountTokens): number => (text === '' ? 0 : count(text))

const PIECE = new RegExp(`[^]{1,${LONGEST_WORD}}`, 'gu')

const piecesOf = (word: string): readonly string[] => word.match(PIECE) ?? []
