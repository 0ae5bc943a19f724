/**
 * Writes JSON in one form: without spaces, its members sorted, its strings without needless escapes. Numbers stay as they
 * are written, since two large ones may be the same number only after they were parsed.
 */

/** What ends a number or a word. */
const WORD = /[^\s,:[\]{}"]+/y
const SPACE = /[ \t\n\r]*/y

/** Recursive, so the depth of the text must have been checked. Undefined if the text is no JSON. */
export const toCanonicalJson = (text: string): string | undefined => {
  try {
    return write(text)
  } catch {
    return undefined
  }
}

const write = (text: string): string => {
  let at = 0

  const skip = (): string | undefined => {
    SPACE.lastIndex = at
    SPACE.test(text)
    at = SPACE.lastIndex
    return text[at]
  }

  const take = (sign: string): void => {
    if (skip() !== sign) throw new SyntaxError(`'${sign}' was expected at ${at}.`)
    at++
  }

  const takeIf = (sign: string): boolean => {
    if (skip() !== sign) return false
    at++
    return true
  }

  const string = (): string => {
    const start = at
    do {
      at = text.indexOf('"', at + 1)
      if (at === -1) throw new SyntaxError('A string does not end.')
    } while (isEscaped(text, at, start))
    at++
    const literal = text.slice(start, at)
    return literal.includes('\\') ? JSON.stringify(JSON.parse(literal)) : literal
  }

  const word = (): string => {
    WORD.lastIndex = at
    const [found] = WORD.exec(text) ?? []
    if (found === undefined) throw new SyntaxError(`A value was expected at ${at}.`)
    at += found.length
    return found
  }

  const list = (): string => {
    take('[')
    if (takeIf(']')) return '[]'
    const values: string[] = []
    do values.push(value())
    while (takeIf(','))
    take(']')
    return `[${values.join(',')}]`
  }

  const object = (): string => {
    take('{')
    if (takeIf('}')) return '{}'
    const members: { readonly key: string; readonly value: string }[] = []
    do {
      if (skip() !== '"') throw new SyntaxError(`A key was expected at ${at}.`)
      const key = string()
      take(':')
      members.push({ key, value: value() })
    } while (takeIf(','))
    take('}')
    // Members of one name keep their order: readers differ in which of them counts.
    members.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    return `{${members.map((member) => `${member.key}:${member.value}`).join(',')}}`
  }

  const value = (): string => {
    const sign = skip()
    if (sign === '{') return object()
    if (sign === '[') return list()
    return sign === '"' ? string() : word()
  }

  const written = value()
  if (skip() !== undefined) throw new SyntaxError('Something follows the value.')
  return written
}

/** An odd number of backslashes stands before the quote. */
const isEscaped = (text: string, quote: number, start: number): boolean => {
  let at = quote - 1
  while (at > start && text[at] === '\\') at--
  return (quote - at) % 2 === 0
}
