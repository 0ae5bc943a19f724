/** Reads text as it was before it was escaped, in JSON or in a URL, and keeps the places of its characters. */

export interface PlainText {
  readonly text: string
  /** The place in the escaped text of each character, and behind it. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/**
 * Each level of escaping in JSON doubles the backslashes; this covers three levels. A quote or a slash needs none, and a
 * backslash is escaped by others.
 */
const ESCAPE = /\\{1,8}u([0-9a-fA-F]{4})|\\{1,8}(["/])|\\{1,8}|(?:%[0-9a-fA-F]{2})+/g

export const withoutEscapes = (escaped: string): PlainText => {
  const pieces: string[] = []
  const starts: number[] = []
  const ends: number[] = []
  const add = (character: string, start: number, end: number): void => {
    pieces.push(character)
    for (let unit = 0; unit < character.length; unit++) {
      starts.push(start)
      ends.push(end)
    }
  }
  const addPlain = (from: number, to: number): void => {
    pieces.push(escaped.slice(from, to))
    for (let at = from; at < to; at++) {
      starts.push(at)
      ends.push(at + 1)
    }
  }

  let position = 0
  for (const { 0: match, 1: hex, 2: escapedOne, index } of escaped.matchAll(ESCAPE)) {
    addPlain(position, index)
    position = index + match.length
    if (hex !== undefined) add(String.fromCharCode(Number.parseInt(hex, 16)), index, position)
    else if (escapedOne !== undefined) add(escapedOne, index, position)
    else if (match.startsWith('\\')) add('\\', index, position)
    else addPercent(match, index, add)
  }
  addPlain(position, escaped.length)
  return { text: pieces.join(''), starts, ends }
}

/** `%2D`, three characters for each byte. */
const BYTE_LENGTH = 3

/** Bytes that are no character stay as they are written. */
const addPercent = (
  match: string,
  index: number,
  add: (character: string, start: number, end: number) => void,
): void => {
  const bytes = Buffer.from(match.replaceAll('%', ''), 'hex')
  for (let at = 0; at < bytes.length;) {
    const length = lengthOf(bytes[at] ?? 0)
    const character = bytes.toString('utf8', at, at + length)
    const start = index + at * BYTE_LENGTH
    const isWhole = at + length <= bytes.length && !character.includes('\uFFFD')
    const used = isWhole ? length : 1
    const end = start + used * BYTE_LENGTH
    add(isWhole ? character : match.slice(at * BYTE_LENGTH, (at + 1) * BYTE_LENGTH), start, end)
    at += used
  }
}

/** Of the character that begins with this byte, in UTF-8. */
const lengthOf = (byte: number): number => {
  if (byte < 0xc0) return 1
  if (byte < 0xe0) return 2
  return byte < 0xf0 ? 3 : 4
}
