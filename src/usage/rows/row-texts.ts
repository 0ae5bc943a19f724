/** Texts of others, as rows have them: redacted, and cut so that they fit into an index. */
import { createHash } from 'node:crypto'

/** Removes secrets from a text. */
export type Redact = ((text: string) => string) & {
  /** Changes with the secrets. Texts that were redacted before have to be redacted anew. */
  readonly version?: number
}

const MAX_ID_CHARACTERS = 64

/** The same for reading and for writing. Never cut, since two callers must not become one. */
export const toCallerId = (id: string): string =>
  id.length <= MAX_ID_CHARACTERS && /^[\x21-\x7e]*$/.test(id)
    ? id
    : createHash('sha256').update(id).digest('hex')

/** A longer text is not searched for secrets beyond this length, and not kept beyond it. */
const MAX_SEARCHED_CHARACTERS = 4096

export type ToText = (text: string | undefined) => string | null

export const createText =
  (redact: Redact, maxCharacters: number): ToText =>
  (given) =>
    given === undefined ? null : clean(redact, maxCharacters, given)

const MAX_KNOWN_NAMES = 256

/** For names: the same few occur again and again, so what became of them is remembered. */
export const createName = (redact: Redact, maxCharacters: number): ToText => {
  const known = new Map<string, string>()
  let { version } = redact
  return (given) => {
    if (given === undefined) return null
    if (version !== redact.version) known.clear()
    ;({ version } = redact)
    const found = known.get(given)
    if (found !== undefined) return found
    const name = clean(redact, maxCharacters, given)
    if (given.length > MAX_SEARCHED_CHARACTERS) return name
    if (known.size >= MAX_KNOWN_NAMES) known.clear()
    known.set(given, name)
    return name
  }
}

/** PostgreSQL stores neither a NUL nor half a surrogate pair. */
const clean = (redact: Redact, maxCharacters: number, text: string): string =>
  redact(text.slice(0, MAX_SEARCHED_CHARACTERS))
    .slice(0, maxCharacters)
    .toWellFormed()
    .replaceAll('\0', '\uFFFD')
