/** Takes secrets out of text, wherever they stand in it. */

export type Redact = (text: string) => string

/** What the vendors' keys look like, for those that were never configured here. */
const KEY_SHAPES = [
  String.raw`\bsk-[A-Za-z0-9_-]{16,}`,
  String.raw`\bAIza[A-Za-z0-9_-]{30,}`,
  String.raw`\bgsk_[A-Za-z0-9]{20,}`,
  String.raw`\bxai-[A-Za-z0-9]{20,}`,
  String.raw`(?<=\b[Bb]earer )[A-Za-z0-9._~+/=-]{8,}`,
]

/** A shorter one is guessed in a moment, and taking it out of every word would leave nothing to read. */
const MIN_SECRET_LENGTH = 4

const REDACTED = '[redacted]'

const escapeRegExp = (text: string): string =>
  text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)

/** Only the configured secrets: for text that goes to a client, in which nothing else may change. */
export const createRedactor = (secrets: readonly string[]): Redact => {
  // A secret may be inside another; the longest is taken first, as it stands and as JSON spells it.
  const spellings = new Set(
    secrets
      .filter(({ length }) => length >= MIN_SECRET_LENGTH)
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]),
  )
  if (spellings.size === 0) return (text) => text
  const longestFirst = [...spellings].toSorted((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map(escapeRegExp).join('|'), 'g')
  return (text) => text.replace(pattern, REDACTED)
}

/** The configured secrets, and whatever looks like a key: for logs. */
export const createLogRedactor = (secrets: readonly string[]): Redact => {
  const redactConfigured = createRedactor(secrets)
  const shapes = new RegExp(KEY_SHAPES.join('|'), 'g')
  return (text) => redactConfigured(text).replace(shapes, REDACTED)
}
