/** Text as it stands between the quotes of a JSON string, in UTF-8 bytes. */
import { type ByteString, fromByteString, toByteString } from '../bytes/bytes.ts'

export const escapeJson = (text: string): ByteString =>
  toByteString(JSON.stringify(text).slice(1, -1))

/** A character of its own in each byte. */
const PLAIN = /^[^\\\x80-\xff]*$/

/** The length of the text itself. */
export const lengthOfEscaped = (escaped: ByteString): number =>
  PLAIN.test(escaped) ? escaped.length : unescapeJson(escaped).length

export const unescapeJson = (escaped: ByteString): string =>
  escaped.includes('\\')
    ? (JSON.parse(`"${fromByteString(escaped)}"`) as string)
    : fromByteString(escaped)
