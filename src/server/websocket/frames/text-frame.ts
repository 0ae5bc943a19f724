/** One text frame as a server writes it: whole, not masked, not compressed. Format: RFC 6455, 5.2. */
import { type ByteString, toSoundUtf8 } from '#streams'

const WHOLE_TEXT = '\x81'

/** A length of its own in the second byte, or the mark that two or eight more follow. */
const LARGEST_SHORT = 125
const TWO_MORE = '\x7e'
const EIGHT_MORE = '\x7f'
const LARGEST_OF_TWO = 0xffff

/** Of more there is no string. */
const HIGH_BYTES = '\0\0\0\0'

const toByte = (value: number, shift: number): string =>
  String.fromCharCode((value >>> shift) & 0xff)

const toLength = (length: number): ByteString => {
  if (length <= LARGEST_SHORT) return String.fromCharCode(length)
  const low = toByte(length, 8) + toByte(length, 0)
  if (length <= LARGEST_OF_TWO) return TWO_MORE + low
  return EIGHT_MORE + HIGH_BYTES + toByte(length, 24) + toByte(length, 16) + low
}

/** A client closes its socket, and with it all its calls, for a text that is no UTF-8: what is malformed is replaced. */
export const toTextFrame = (bytes: ByteString): ByteString => {
  const text = toSoundUtf8(bytes)
  return WHOLE_TEXT + toLength(text.length) + text
}
