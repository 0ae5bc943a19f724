/** Wildcards in the names of models and in the origins of web pages. */

/** Returns the text that each `*` matches, in order, or undefined if the text does not match. */
export type Wildcard = (text: string) => readonly string[] | undefined

/**
 * `*` matches any run of characters; the first `*` matches as many as it can. This is not a regular expression, because
 * backtracking would try every way to divide a text among the wildcards, and callers choose the text.
 */
export const createWildcard = (pattern: string): Wildcard => {
  const [head = '', ...pieces] = pattern.split('*')
  const tail = pieces.pop()
  if (tail === undefined) return (text) => (text === pattern ? [] : undefined)

  return (text) => {
    let end = text.length - tail.length
    if (end < head.length || !text.startsWith(head) || !text.endsWith(tail)) return undefined
    const found: string[] = []
    for (const piece of pieces.toReversed()) {
      const at = end < piece.length ? -1 : text.lastIndexOf(piece, end - piece.length)
      if (at < head.length) return undefined
      found.push(text.slice(at + piece.length, end))
      end = at
    }
    return [...found, text.slice(head.length, end)].toReversed()
  }
}
