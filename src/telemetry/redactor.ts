/** Removes secrets from text, wherever they are in it. */
import { ESCAPES, toBase64Pattern, toEscapedPattern, toPlainPattern } from './secret-spellings.ts'

export type Redact = (text: string) => string

/** The shapes of the vendors' keys, to find keys that were never configured here. */
const KEY_SHAPES = [
  String.raw`\bsk-[A-Za-z0-9_-]{16,}`,
  String.raw`\bAIza[A-Za-z0-9_-]{30,}`,
  String.raw`\bgsk_[A-Za-z0-9]{20,}`,
  String.raw`\bxai-[A-Za-z0-9]{20,}`,
  String.raw`(?<=\b[Bb]earer )[A-Za-z0-9._~+/=-]{8,}`,
]

/** A shorter one is easily guessed, and removing it from every word would leave the text unreadable. */
const MIN_SECRET_LENGTH = 4

const REDACTED = '[redacted]'

/**
 * Removes only the configured secrets: for text that goes to a client, in which nothing else may change. They are
 * found plain, in base64, and with any of their characters escaped as in JSON or in a URL.
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

/** Removes the configured secrets and anything that looks like a key: for logs. */
export const createLogRedactor = (secrets: readonly string[]): Redact => {
  const redactConfigured = createRedactor(secrets)
  const shapes = new RegExp(KEY_SHAPES.join('|'), 'g')
  return (text) => redactConfigured(text).replace(shapes, REDACTED)
}
