/** Finds any of many texts inside another, in a time that does not depend on how many there are. */

export interface Range {
  readonly start: number
  readonly end: number
}

/** Every text has at least this many characters. */
const START_LENGTH = 4

/** A place in the text is looked at more closely where its four characters have a mark. */
const MARKS = 2 ** 20

interface Starting {
  /** Without repetition, the longest first. */
  readonly lengths: number[]
}

/** @returns the places of the texts in a text, in order, without overlaps. The longest at a place counts. */
export const createLiteralIndex = (literals: readonly string[]): ((text: string) => Range[]) => {
  const known = new Set(literals)
  const marks = new Uint8Array(MARKS)
  const starts = new Map<string, Starting>()
  for (const literal of known) {
    marks[markAt(literal, 0)] = 1
    const start = literal.slice(0, START_LENGTH)
    const { lengths } = starts.get(start) ?? { lengths: [] }
    if (!lengths.includes(literal.length)) lengths.push(literal.length)
    starts.set(start, { lengths: lengths.toSorted((a, b) => b - a) })
  }

  const endOf = (text: string, at: number): number | undefined => {
    const starting = starts.get(text.slice(at, at + START_LENGTH))
    for (const length of starting?.lengths ?? [])
      if (known.has(text.slice(at, at + length))) return at + length
    return undefined
  }

  return (text) => {
    const found: Range[] = []
    for (let at = 0; at + START_LENGTH <= text.length; at++) {
      if (marks[markAt(text, at)] !== 1) continue
      const end = endOf(text, at)
      if (end === undefined) continue
      found.push({ start: at, end })
      at = end - 1
    }
    return found
  }
}

const markAt = (text: string, at: number): number => {
  let sum = text.charCodeAt(at)
  for (let next = at + 1; next < at + START_LENGTH; next++)
    sum = Math.imul(sum, 31) + text.charCodeAt(next)
  return sum & (MARKS - 1)
}
