/** The content of JSON strings (the text between the quotes), in UTF-8 bytes. */
import { type ByteString, fromByteString, toByteString } from '../bytes/bytes.ts'

export const escapeJson = (text: string): ByteString =>
  toByteString(JSON.stringify(text).slice(1, -1))

/** Each byte is one character. */
const PLAIN = /^[^\\\x80-\xff]*$/

/** The length of the unescaped text. */
export const lengthOfEscaped = (escaped: ByteString): number =>
  PLAIN.test(escaped) ? escaped.length : unescapeJson(escaped).length

export const unescapeJson = (escaped: ByteString): string =>
  escaped.includes('\\')
    ? (JSON.parse(`"${fromByteString(escaped)}"`) as string)
    : fromByteString(escaped)
