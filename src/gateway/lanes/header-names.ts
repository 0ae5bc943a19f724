/** What is decided of a header by its name alone is decided once: every call brings the same names. */

interface HeaderName {
  /** In lower case. */
  readonly name: string
  readonly passes: boolean
}

/** Takes a name as it was sent. */
export type HeaderNames = (sent: string) => HeaderName

/** Clients choose the names, so only so many are kept, and no long ones. */
const MAX_NAMES = 1024
const MAX_NAME_CHARACTERS = 64

/** @param passes whether a header of this name, in lower case, travels on. */
export const createHeaderNames = (passes: (name: string) => boolean): HeaderNames => {
  const known = new Map<string, HeaderName>()
  return (sent) => {
    const found = known.get(sent)
    if (found) return found
    const name = sent.toLowerCase()
    const judged = { name, passes: passes(name) }
    if (known.size < MAX_NAMES && sent.length <= MAX_NAME_CHARACTERS) known.set(sent, judged)
    return judged
  }
}
