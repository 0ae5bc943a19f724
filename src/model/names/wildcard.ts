/** Names with wildcards: of models, and of the pages that may call. */

/** What each `*` stands for, in their order; undefined where the text does not match. */
export type Wildcard = (text: string) => readonly string[] | undefined

/**
 * `*` stands for any run of characters, the first one for as many as it can. A regular expression would try every way
 * to divide a text among its wildcards, and these texts come from callers.
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
