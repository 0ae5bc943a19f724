/**
 * Generates a short string that matches a regular expression, without running it, since a foreign pattern may run
 * forever. Look-arounds and back-references are not supported.
 */

const MAX_REPEAT = 1_000
const MAX_SAMPLE = 10_000
const MAX_PATTERN = 1_000
const PRINTABLE = [...'a0A_- .', ...characters(33, 126)]

/** Undefined if the pattern uses unsupported features. */
export const samplePattern = (pattern: string): string | undefined => {
  if (pattern.length > MAX_PATTERN) return undefined
  const reader = { pattern, at: 0 }
  try {
    const sample = readChoice(reader)
    return reader.at === pattern.length ? sample : undefined
  } catch (thrown) {
    if (thrown instanceof NotUnderstood) return undefined
    throw thrown
  }
}

class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood'
}

interface Reader {
  readonly pattern: string
  at: number
}

/** Uses the first alternative and skips the others. */
const readChoice = (reader: Reader): string => {
  const sample = readSequence(reader)
  while (reader.pattern[reader.at] === '|') {
    reader.at++
    readSequence(reader)
  }
  return sample
}

const readSequence = (reader: Reader): string => {
  let sample = ''
  while (reader.at < reader.pattern.length && !'|)'.includes(reader.pattern[reader.at] ?? '')) {
    const atom = readAtom(reader)
    sample += atom.repeat(readCount(reader))
    if (sample.length > MAX_SAMPLE) throw new NotUnderstood('too long')
  }
  return sample
}

const readAtom = (reader: Reader): string => {
  const character = take(reader)
  switch (character) {
    case '^':
    case '$':
      return ''
    case '.':
      return 'a'
    case '\\':
      return readEscape(reader)[0] ?? ''
    case '[':
      return readClass(reader)
    case '(': {
      readGroupHead(reader)
      const sample = readChoice(reader)
      if (take(reader) !== ')') throw new NotUnderstood('an open group')
      return sample
    }
    case '*':
    case '+':
    case '?':
    case ')':
      throw new NotUnderstood('a stray sign')
    default:
      return character
  }
}

const readGroupHead = (reader: Reader): void => {
  const head = /^\?(?::|<[A-Za-z_$][\w$]*>)/.exec(reader.pattern.slice(reader.at))
  if (head) reader.at += head[0].length
  else if (reader.pattern[reader.at] === '?') throw new NotUnderstood('a look-around')
}

const readCount = (reader: Reader): number => {
  const match = /^(?:(?<sign>[*+?])|\{(?<from>\d+)(?:,\d*)?\})\??/.exec(
    reader.pattern.slice(reader.at),
  )
  if (!match) return 1
  reader.at += match[0].length
  const count = match.groups?.from === undefined ? 1 : Number(match.groups.from)
  if (count > MAX_REPEAT) throw new NotUnderstood('too many')
  return match.groups?.sign === undefined ? count : match.groups.sign === '+' ? 1 : 0
}

const CLASSES: Readonly<Record<string, readonly string[]>> = {
  d: [...'0123456789'],
  D: PRINTABLE.filter((character) => /\D/.test(character)),
  w: PRINTABLE.filter((character) => /\w/.test(character)),
  W: PRINTABLE.filter((character) => /\W/.test(character)),
  s: [' ', '\t', '\n'],
  S: PRINTABLE.filter((character) => /\S/.test(character)),
  b: [''],
  t: ['\t'],
  n: ['\n'],
  r: ['\r'],
  f: ['\f'],
  v: ['\v'],
}

const readEscape = (reader: Reader): readonly string[] => {
  const character = take(reader)
  const known = CLASSES[character]
  if (known) return known
  const code = character === 'u' ? /^[\da-f]{4}/i : character === 'x' ? /^[\da-f]{2}/i : undefined
  if (code) {
    const match = code.exec(reader.pattern.slice(reader.at))
    if (!match) throw new NotUnderstood('half an escape')
    reader.at += match[0].length
    return [String.fromCharCode(Number.parseInt(match[0], 16))]
  }
  if (/[a-zA-Z0-9]/.test(character)) throw new NotUnderstood('an escape of another kind')
  return [character]
}

const readClass = (reader: Reader): string => {
  const negated = reader.pattern[reader.at] === '^'
  if (negated) reader.at++
  const members: string[] = []
  while (reader.pattern[reader.at] !== ']') {
    const from = readMember(reader)
    const isRange =
      reader.pattern[reader.at] === '-' && (reader.pattern[reader.at + 1] ?? ']') !== ']'
    if (!isRange || from.length !== 1) {
      members.push(...from)
      continue
    }
    reader.at++
    const to = readMember(reader)
    const [first, last] = [from[0]?.charCodeAt(0) ?? 0, to[0]?.charCodeAt(0) ?? 0]
    if (to.length !== 1 || last < first) throw new NotUnderstood('a range of no characters')
    if (negated) members.push(...characters(first, Math.min(last, 126)))
    else members.push(String.fromCharCode(first))
  }
  reader.at++
  const sample = negated
    ? PRINTABLE.find((character) => !members.includes(character))
    : members.find((character) => character !== '')
  if (sample === undefined) throw new NotUnderstood('a class of nothing')
  return sample
}

const readMember = (reader: Reader): readonly string[] => {
  const character = take(reader)
  return character === '\\' ? readEscape(reader) : [character]
}

const take = (reader: Reader): string => {
  const character = reader.pattern[reader.at]
  if (character === undefined) throw new NotUnderstood('an end too early')
  reader.at++
  return character
}

function characters(first: number, last: number): string[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    String.fromCharCode(first + index),
  )
}
