/** Cuts the text to count into slices, so that no count blocks the others until it is complete. */

export interface SlicePlan {
  readonly slices: Iterator<readonly string[]>
  /** The ratio of the tokens of all texts to the tokens of the slices. */
  readonly scale: number
}

/** About half a second of counting. A longer request is counted by samples. */
const MAX_CHARACTERS = 4_000_000
const SAMPLES = 256

/** Usually one or two milliseconds of counting; a hundred for the slowest text. */
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

/** Groups as many pieces into a slice as fit. */
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
    // Each piece has a fixed cost, however short it is.
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

/** A place where no tokenizer would continue a word. A cut elsewhere may add a token. */
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

/** Before a single space, or after a line end that a word follows. */
const isBetweenWords = (before: number, after: number): boolean =>
  after === SPACE ? !isWhite(before) : before === LINE_FEED && after !== SLASH && !isWhite(after)

const isWhite = (unit: number): boolean => /\s/.test(String.fromCharCode(unit))

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

/** Stretches of equal length, evenly spaced over all texts as if they were one. */
function* sample(texts: readonly string[], characters: number, length: number): Generator<string> {
  let index = 0
  /** The position of the start of this text in all of them. */
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
