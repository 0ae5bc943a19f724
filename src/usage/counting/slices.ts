/** Cuts what is to be counted into slices, so that no count keeps the others waiting until it is complete. */

export interface SlicePlan {
  readonly slices: Iterator<readonly string[]>
  /** By how much the tokens of the slices are fewer than those of all texts. */
  readonly scale: number
}

/** About half a second of counting; a longer request is counted by samples. */
const MAX_CHARACTERS = 4_000_000
const SAMPLES = 256

/** A millisecond or two of counting, and a hundred of what is hardest to count. */
const SLICE_CHARACTERS = 8_192

export const planSlices = (texts: readonly string[], maxCharacters = MAX_CHARACTERS): SlicePlan => {
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  if (characters <= maxCharacters) return { slices: group(cut(texts)), scale: 1 }
  const length = Math.floor(maxCharacters / SAMPLES)
  return {
    slices: group(sample(texts, characters, length)),
    scale: characters / (SAMPLES * length),
  }
}

/** As many pieces to a slice as it can hold. */
function* group(pieces: Iterable<string>): Generator<readonly string[]> {
  let slice: string[] = []
  let characters = 0
  for (const piece of pieces) {
    if (characters + piece.length > SLICE_CHARACTERS && slice.length > 0) {
      yield slice
      slice = []
      characters = 0
    }
    slice.push(piece)
    // A piece has a cost of its own, however short it is.
    characters += piece.length + 1
  }
  if (slice.length > 0) yield slice
}

function* cut(texts: readonly string[]): Generator<string> {
  for (const text of texts) {
    let start = 0
    while (start < text.length) {
      const end = endOfPiece(text, start)
      yield start === 0 && end === text.length ? text : text.slice(start, end)
      start = end
    }
  }
}

/** Where no word of a tokenizer goes on. Without such a place the cut may cost a token. */
const endOfPiece = (text: string, start: number): number => {
  const most = start + SLICE_CHARACTERS
  if (most >= text.length) return text.length
  for (let end = most; end > start + SLICE_CHARACTERS / 2; end--)
    if (isBetweenWords(text.charCodeAt(end - 1), text.charCodeAt(end))) return end
  return isHighSurrogate(text.charCodeAt(most - 1)) ? most - 1 : most
}

const SPACE = 32
const LINE_FEED = 10
const SLASH = 47

/** Before a space that stands alone, or behind a line that is followed by a word. */
const isBetweenWords = (before: number, after: number): boolean =>
  after === SPACE ? !isWhite(before) : before === LINE_FEED && after !== SLASH && !isWhite(after)

const isWhite = (unit: number): boolean => /\s/.test(String.fromCharCode(unit))

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

/** Stretches of the same length, evenly spaced over all texts as if they were one. */
function* sample(texts: readonly string[], characters: number, length: number): Generator<string> {
  let index = 0
  /** Where this text begins among all characters. */
  let offset = 0
  for (let nth = 0; nth < SAMPLES; nth++) {
    const start = Math.floor((nth * (characters - length)) / (SAMPLES - 1))
    while (index < texts.length && offset + (texts[index]?.length ?? 0) <= start)
      offset += texts[index++]?.length ?? 0
    yield* stretch(texts, index, start - offset, length)
  }
}

function* stretch(
  texts: readonly string[],
  first: number,
  skipped: number,
  length: number,
): Generator<string> {
  let left = length
  let start = skipped
  for (let index = first; left > 0 && index < texts.length; index++) {
    const piece = texts[index]?.slice(start, start + left) ?? ''
    if (piece !== '') yield piece
    left -= piece.length
    start = 0
  }
}
