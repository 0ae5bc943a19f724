/**
 * The words of a text. Both databases index exactly these, so that the same words find the same sessions in both. Case and
 * accents do not count. Where a script has no spaces, every two characters that follow each other are a word.
 */

/** Longer words are the same if they begin alike. */
const MAX_WORD_CHARACTERS = 64
/** PostgreSQL takes twice as many, but longer than a second for them. Those that come later are not found. */
const MAX_WORDS_BYTES = 500_000
/** Nothing else is done while they are looked for. */
const MAX_INDEXED_CHARACTERS = 2_000_000

const RUN = /[\p{L}\p{N}\p{M}]+|\p{Extended_Pictographic}/gu
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`
const PIECE = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu')
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u')

/** Accents, and the points of Hebrew and Arabic. */
const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g

const fold = (text: string): string =>
  text
    .normalize('NFKD')
    // `ß` is `ss`, and the sigma at the end of a word is one of two.
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replace(MARKS, '')
    .normalize('NFC')

/** What is looked for: a word, or with `isPrefix` all that begin with it. */
export interface SoughtWord {
  readonly word: string
  readonly isPrefix: boolean
}

interface Piece {
  readonly text: string
  readonly isUnspaced: boolean
}

const piecesOf = (text: string): Piece[] =>
  (fold(text).match(RUN) ?? []).flatMap((run) =>
    (run.match(PIECE) ?? []).map((piece) => ({ text: piece, isUnspaced: IS_UNSPACED.test(piece) })),
  )

const cut = (word: string): string => word.slice(0, MAX_WORD_CHARACTERS).toWellFormed()

const pairsOf = (text: string): string[] => {
  const characters = [...text]
  return characters.slice(1).map((character, at) => `${characters[at]}${character}`)
}

/**
 * Each word once. A character at the end of a piece begins no pair, and is a word of its own.
 *
 * @param mark what each of them begins with.
 */
export const toWords = (text: string, mark = ''): string[] => {
  const words = new Set<string>()
  let bytes = 0
  const add = (word: string): void => {
    const marked = mark + word
    if (words.has(marked)) return
    bytes += Buffer.byteLength(marked)
    if (bytes <= MAX_WORDS_BYTES) words.add(marked)
  }
  for (const piece of piecesOf(text.slice(0, MAX_INDEXED_CHARACTERS)))
    if (piece.isUnspaced) {
      for (const pair of pairsOf(piece.text)) add(pair)
      add([...piece.text].at(-1) ?? '')
    } else add(cut(piece.text))
  return [...words]
}

/** What counts of a search. */
const MAX_SEARCH_CHARACTERS = 512
const MAX_TERMS = 16

/**
 * The terms of a search, each of which has to be in the title or in a message. All words of a term are in the same text.
 *
 * @returns undefined if nothing is looked for.
 */
export const toTerms = (search: string): SoughtWord[][] | undefined => {
  const given = search.slice(0, MAX_SEARCH_CHARACTERS).trim()
  if (given === '') return undefined
  const terms = given
    .split(/\s+/u)
    .map(piecesOf)
    .filter((pieces) => pieces.length > 0)
    .slice(0, MAX_TERMS)
  return terms.map((pieces, at) => toSought(pieces, at === terms.length - 1))
}

const toSought = (pieces: readonly Piece[], isLast: boolean): SoughtWord[] =>
  pieces.flatMap(({ text, isUnspaced }, at) => {
    if (!isUnspaced) return [{ word: cut(text), isPrefix: isLast && at === pieces.length - 1 }]
    const pairs = pairsOf(text)
    if (pairs.length === 0) return [{ word: text, isPrefix: true }]
    return pairs.map((word) => ({ word, isPrefix: false }))
  })
