/** Removes secrets from text, wherever they are in it. */
import { createLiteralIndex, type Range } from './literal-index.ts'
import {
  ESCAPES,
  isEscaped,
  toBase64,
  toBase64Pattern,
  toEscapedPattern,
  toPlain,
  toPlainPattern,
  toWritten,
} from './secret-spellings.ts'
import { withoutEscapes } from './without-escapes.ts'

export type Redact = ((text: string) => string) & {
  /** Changes with the secrets. Texts that were redacted before have to be redacted anew. */
  readonly version?: number
}

/** The shapes of the vendors' keys, to find keys that were never configured here. */
const KEY_SHAPES = [
  String.raw`\bsk-[A-Za-z0-9_-]{16,}`,
  String.raw`\bAIza[A-Za-z0-9_-]{30,}`,
  String.raw`\bgsk_[A-Za-z0-9]{20,}`,
  String.raw`\bxai-[A-Za-z0-9]{20,}`,
  // Tokens (JWT), complete or cut.
  String.raw`\beyJ[\w-]{16,}(?:\.[\w-]+){0,2}`,
  String.raw`(?<=\b[Bb]earer )[A-Za-z0-9._~+/=-]{8,}`,
]

/** A shorter one is easily guessed, and removing it from every word would leave the text unreadable. */
const MIN_SECRET_LENGTH = 4

const REDACTED = '[redacted]'

/** A regular expression of more secrets takes longer for each of them, and of thousands it cannot be made. */
const MANY = 100

/**
 * Removes only the configured secrets: for text that goes to a client, in which nothing else may change. They are
 * found plain, in base64, and with any of their characters escaped as in JSON or in a URL.
 */
export const createRedactor = (secrets: readonly string[]): Redact => {
  const long = secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH)
  if (long.length === 0) return (text) => text
  if (long.length > MANY) return createManyRedactor(long)
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

/** Finds the same, whatever the number of secrets. */
const createManyRedactor = (secrets: readonly string[]): Redact => {
  const findWritten = createLiteralIndex(secrets.flatMap(toWritten))
  const findPlain = createLiteralIndex(secrets.flatMap(toPlain).flatMap(toUnescaped))
  const findBase64 = createLiteralIndex(secrets.flatMap(toBase64))

  const redactEscaped = (text: string): string => {
    const plain = withoutEscapes(text)
    return cut(
      text,
      findPlain(plain.text).map(({ start, end }) => ({
        start: plain.starts[start] ?? 0,
        end: plain.ends[end - 1] ?? 0,
      })),
    )
  }

  return (text) => {
    const written = cut(
      text,
      findWritten(text).filter(({ start }) => !isEscaped(text, start)),
    )
    const unescaped = ESCAPES.test(written) ? redactEscaped(written) : written
    return cut(unescaped, findBase64(unescaped))
  }
}

/** A secret may hold what looks like an escape. */
const toUnescaped = (spelling: string): string[] =>
  [spelling, withoutEscapes(spelling).text].filter(({ length }) => length >= MIN_SECRET_LENGTH)

const cut = (text: string, ranges: readonly Range[]): string => {
  if (ranges.length === 0) return text
  let position = 0
  let left = ''
  for (const { start, end } of ranges) {
    left += text.slice(position, start) + REDACTED
    position = end
  }
  return left + text.slice(position)
}

/** Removes the configured secrets and anything that looks like a key: for logs. */
export const createLogRedactor = (secrets: readonly string[]): Redact => {
  const redactConfigured = createRedactor(secrets)
  const shapes = new RegExp(KEY_SHAPES.join('|'), 'g')
  return (text) => redactConfigured(text).replace(shapes, REDACTED)
}
