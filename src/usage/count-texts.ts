/** Counts texts with a tokenizer that is slow on long words, within a bound. */

export type CountTokens = (text: string) => number

/** About half a second of counting; a longer request is counted by samples. */
const MAX_CHARACTERS = 4_000_000
const SAMPLES = 256

// Merging is quadratic in the length of what the tokenizer takes for one word: letters, signs, white
// space, and the line ends and slashes that may follow signs.
const LONGEST_WORD = 256
const RUNS = ['[\\p{L}\\p{M}]', '[^\\s\\p{L}\\p{N}]', '\\s', '[\\r\\n/]']
const longWord = (count: string): string => RUNS.map((run) => `${run}{${count}}`).join('|')
const LONG_WORD = new RegExp(longWord(`${LONGEST_WORD},`), 'u')
const WORDS = new RegExp(`(${longWord(`${LONGEST_WORD}`)})`, 'u')

export const countTexts = (
  texts: readonly string[],
  count: CountTokens,
  maxCharacters = MAX_CHARACTERS,
): number => {
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  if (characters <= maxCharacters)
    return texts.reduce((sum, text) => sum + countText(text, count), 0)
  const whole = texts.join('\n')
  const length = Math.floor(maxCharacters / SAMPLES)
  let tokens = 0
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = Math.floor((sample * (whole.length - length)) / (SAMPLES - 1))
    tokens += countText(whole.slice(start, start + length), count)
  }
  return Math.round((tokens / (SAMPLES * length)) * whole.length)
}

const countText = (text: string, count: CountTokens): number =>
  LONG_WORD.test(text)
    ? text.split(WORDS).reduce((sum, piece) => sum + (piece === '' ? 0 : count(piece)), 0)
    : count(text)
