/** Writes a text frame as a server: not fragmented, not masked, not compressed. Format: RFC 6455, 5.2. */
import { type ByteString, toSoundUtf8 } from '#streams'

const FINAL_TEXT = '\x81'

/** Up to this length the second byte is the length. Above it, the second byte is the mark of a longer field. */
const LARGEST_SHORT = 125
const TWO_MORE = '\x7e'
const EIGHT_MORE = '\x7f'
const LARGEST_OF_TWO = 0xffff

/** The upper half of a length of eight bytes: no string is longer than the lower half allows. */
const HIGH_BYTES = '\0\0\0\0'

const toByte = (value: number, shift: number): string =>
  String.fromCharCode((value >>> shift) & 0xff)

const toLength = (length: number): ByteString => {
  if (length <= LARGEST_SHORT) return String.fromCharCode(length)
  const low = toByte(length, 8) + toByte(length, 0)
  if (length <= LARGEST_OF_TWO) return TWO_MORE + low
  return EIGHT_MORE + HIGH_BYTES + toByte(length, 24) + toByte(length, 16) + low
}

/** Replaces malformed UTF-8: a client would close its socket, and so end all its calls. */
export const toTextFrame = (bytes: ByteString): ByteString => frameSound(toSoundUtf8(bytes))

/** @param text well-formed UTF-8. */
export const frameSound = (text: ByteString): ByteString =>
  FINAL_TEXT + toLength(text.length) + text
