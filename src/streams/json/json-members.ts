/**
 * Finds the members of a JSON object in its bytes, without parsing their values.
 *
 * Relaying a request of 100 KB needs two of its fields. To parse and rewrite it would cost fifteen times as much as
 * this walk, and would change bytes that we must not change.
 */
import { findQuote, type QuoteSearch, toQuoteSearch } from './quote-search.ts'
import { keyAt } from './known-keys.ts'
import { NO_WORDS, wordAt, type WordSearch } from './word-search.ts'

/** The position of a value: `bytes.subarray(start, end)` is its JSON. */
export interface JsonSpan {
  readonly start: number
  readonly end: number
}

export interface JsonMember extends JsonSpan {
  readonly key: string
  /** The sought words that occur as a key or a value inside this value. */
  readonly words?: ReadonlySet<string>
}

export class JsonShapeError extends Error {
  override readonly name = 'JsonShapeError'
}

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const COLON = 58
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/**
 * How many values a request may hold. Parsing ten million empty objects takes 15 seconds, and a hundred times their
 * bytes in memory.
 */
export const MAX_JSON_VALUES = 500_000

/** More fields than any real request has. A field takes more memory here than in the body. */
const MAX_MEMBERS = 10_000

/** One search through one text. */
interface Walk extends QuoteSearch {
  readonly maxDepth: number
  readonly maxValues: number
  /** The number of values found so far. */
  values: number
  readonly sought: WordSearch
  /** The sought words found in the current value. */
  found: Set<string> | undefined
}

/**
 * Checks only the outline: one object, closed strings, matching brackets, and nothing after the object.
 * @throws JsonShapeError
 */
export const findMembers = (
  bytes: Buffer,
  maxDepth: number,
  maxValues = Infinity,
  sought = NO_WORDS,
): readonly JsonMember[] => {
  const members: JsonMember[] = []
  const walk = toWalk(bytes, maxDepth, maxValues, sought)
  walkMembers(walk, (key, start, end) => {
    if (members.length === MAX_MEMBERS)
      throw new JsonShapeError(`The body has more than ${MAX_MEMBERS} fields.`)
    const { found: words } = walk
    walk.found = undefined
    members.push(words ? { key, start, end, words } : { key, start, end })
  })
  return members
}

/** The member of this name, or the last one if there are several. @throws JsonShapeError */
export const findMember = (bytes: Buffer, name: string, maxDepth: number): JsonSpan | undefined => {
  let found: JsonSpan | undefined
  walkMembers(toWalk(bytes, maxDepth), (key, start, end) => {
    if (key === name) found = { start, end }
  })
  return found
}

const toWalk = (
  bytes: Buffer,
  maxDepth: number,
  maxValues = Infinity,
  sought = NO_WORDS,
): Walk => ({
  ...toQuoteSearch(bytes),
  maxDepth,
  maxValues,
  values: 0,
  sought,
  found: undefined,
})

const walkMembers = (
  walk: Walk,
  visit: (key: string, start: number, end: number) => void,
): void => {
  const { bytes } = walk
  let position = skipSpace(bytes, 0)
  if (bytes[position] !== OPEN_OBJECT) throw new JsonShapeError('The body must be a JSON object.')
  position = skipSpace(bytes, position + 1)
  if (bytes[position] === CLOSE_OBJECT) return expectEnd(bytes, position + 1)

  for (;;) {
    if (bytes[position] !== QUOTE) throw malformed(position)
    const keyEnd = endOfString(walk, position)
    const key = keyAt(bytes, position + 1, keyEnd - 1) ?? readKey(bytes, position, keyEnd)
    position = skipSpace(bytes, keyEnd)
    if (bytes[position] !== COLON) throw malformed(position)
    const start = skipSpace(bytes, position + 1)
    const end = endOfValue(walk, start)
    visit(key, start, end)
    position = skipSpace(bytes, end)
    const next = bytes[position]
    if (next === CLOSE_OBJECT) return expectEnd(bytes, position + 1)
    if (next !== COMMA) throw malformed(position)
    position = skipSpace(bytes, position + 1)
  }
}

/** Like `findMembers`, for bytes that hold exactly one array. @throws JsonShapeError */
export const findElements = (bytes: Buffer, maxDepth: number): JsonSpan[] => {
  const walk = toWalk(bytes, maxDepth)
  const elements: JsonSpan[] = []
  if (bytes[0] !== OPEN_ARRAY) throw malformed(0)
  let position = skipSpace(bytes, 1)
  while (bytes[position] !== CLOSE_ARRAY) {
    const end = endOfValue(walk, position)
    elements.push({ start: position, end })
    position = skipSpace(bytes, end)
    if (bytes[position] === COMMA) position = skipSpace(bytes, position + 1)
    else if (bytes[position] !== CLOSE_ARRAY) throw malformed(position)
  }
  return elements
}

const malformed = (position: number) =>
  new JsonShapeError(`The body is not valid JSON (at byte ${position}).`)

const readKey = (bytes: Buffer, start: number, end: number): string => {
  const json = bytes.toString('utf8', start, end)
  if (!json.includes('\\')) return json.slice(1, -1)
  try {
    return JSON.parse(json) as string
  } catch {
    throw malformed(start)
  }
}

const expectEnd = (bytes: Buffer, position: number): void => {
  const end = skipSpace(bytes, position)
  if (end !== bytes.length) throw malformed(end)
}

const skipSpace = (bytes: Buffer, start: number): number => {
  let position = start
  for (;;) {
    const code = bytes[position]
    if (code === 32 || code === 10 || code === 13 || code === 9) position++
    else return position
  }
}

/** The position just after the closing quote of the string that opens at `start`. */
const endOfString = (search: QuoteSearch, start: number): number => {
  const { bytes } = search
  for (let position = start + 1; ; position++) {
    position = findQuote(search, position)
    if (position >= bytes.length) throw malformed(bytes.length)
    if (!isEscaped(bytes, position)) return position + 1
  }
}

/** In a row of backslashes, every second one is itself escaped. */
const isEscaped = (bytes: Buffer, position: number): boolean => {
  let first = position
  while (bytes[first - 1] === BACKSLASH) first--
  return (position - first) % 2 === 1
}

const endOfValue = (walk: Walk, start: number): number => {
  const { bytes } = walk
  const first = bytes[start]
  if (first === QUOTE) return endOfString(walk, start)
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return endOfNested(walk, start)
  let position = start
  for (; position < bytes.length; position++) {
    const code = bytes[position]
    if (code === COMMA || code === CLOSE_OBJECT || code === CLOSE_ARRAY) break
    if (code === undefined || code <= 32) break
  }
  if (!SCALAR.test(bytes.toString('latin1', start, Math.min(position, start + 400))))
    throw malformed(start)
  return position
}

const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

/** Of the values that are open. One list serves every walk: none is begun within another. */
const closers: number[] = []

const endOfNested = (walk: Walk, start: number): number => {
  const { bytes, maxDepth, maxValues } = walk
  const { lengths } = walk.sought
  let depth = 0
  // An empty bracket counts as one value.
  let values = walk.values
  let position = start
  for (; position < bytes.length; position++) {
    const code = bytes[position]
    if (code === QUOTE) {
      const end = endOfString(walk, position) - 1
      if ((lengths & (1 << (end - position - 1))) !== 0) noteWord(walk, position + 1, end)
      position = end
    } else if (code === COMMA) {
      // Stop at the bound, not at the end of the bytes.
      if (++values > maxValues) throw tooManyValues(maxValues)
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      // The enclosing object is the first level.
      if (depth + 2 > maxDepth)
        throw new JsonShapeError(`The body is nested deeper than ${maxDepth} levels.`)
      closers[depth++] = code === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY
      values++
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      if (closers[--depth] !== code) throw malformed(position)
      if (depth > 0) continue
      walk.values = values
      if (values > maxValues) throw tooManyValues(maxValues)
      return position + 1
    }
  }
  throw malformed(position)
}

const noteWord = (walk: Walk, start: number, end: number): void => {
  const word = wordAt(walk.sought, walk.bytes, start, end)
  if (word !== undefined) (walk.found ??= new Set()).add(word)
}

const tooManyValues = (maxValues: number) =>
  new JsonShapeError(`The body holds more than ${maxValues} JSON values.`)
