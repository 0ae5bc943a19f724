/** Takes secrets out of text, wherever they stand in it. */
import { ESCAPES, toBase64Pattern, toEscapedPattern, toPlainPattern } from './secret-spellings.ts'

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

/**
 * Only the configured secrets: for text that goes to a client, in which nothing else may change. They are found plain,
 * in base64, and with any of their characters escaped as in JSON or in a URL.
 */
export const createRedactor = (secrets: readonly string[]): Redact => {
  const long = secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH)
  if (long.length === 0) return (text) => text
  const redactPlain = createPlainRedactor(long)
  const base64 = toBase64Pattern(long)
  return (text) => {
    const redacted = redactPlain(text)
    return base64 ? redacted.replace(base64, REDACTED) : redacted
  }
}

const createPlainRedactor = (secrets: readonly string[]): Redact => {
  const plain = toPlainPattern(secrets)
  const escaped = toEscapedPattern(secrets)
  return (text) => {
    const redacted = text.replace(plain, REDACTED)
    return ESCAPES.test(redacted) ? redacted.replace(escaped, REDACTED) : redacted
  }
}

/** The configured secrets, and whatever looks like a key: for logs. */
export const createLogRedactor = (secrets: readonly string[]): Redact => {
  const redactConfigured = createRedactor(secrets)
  const shapes = new RegExp(KEY_SHAPES.join('|'), 'g')
  return (text) => redactConfigured(text).replace(shapes, REDACTED)
}
