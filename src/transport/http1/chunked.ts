/** Removes the chunk framing from a body. All chunks of one read come out as one string. */
import { createHeadText, type HeadText } from './head-text.ts'
import { decodeFields, invalid, MAX_HEAD_BYTES } from './response-head.ts'
import type { ByteString } from '#streams'

/** A chunk size with its extensions; real servers send a handful of bytes. */
const MAX_SIZE_LINE_BYTES = 4096

const CR = 13
const LF = 10
const TAB = 9
const SPACE = 32
const SEMICOLON = 59
const DELETE = 127

const HEX = new Int8Array(256).fill(-1)
for (const [value, character] of Array.from('0123456789abcdef').entries())
  HEX[character.charCodeAt(0)] = HEX[character.toUpperCase().charCodeAt(0)] = value

// Numbers, not strings: this is the only code that looks at each byte of a stream.
const SIZE = 0
const EXTENSION = 1
const SIZE_LF = 2
const DATA = 3
const DATA_CR = 4
const DATA_LF = 5
const TRAILER = 6
const DONE = 7

export interface ChunkedDecoder {
  /** Returns the body bytes in one read of the socket. */
  decode(bytes: ByteString): ByteString
  isDone(): boolean
  /** The last read continued after the end of the body. */
  hasSurplus(): boolean
  reset(): void
}

export const createChunkedDecoder = (): ChunkedDecoder => {
  let state = SIZE
  let remaining = 0
  let lineBytes = 0
  let digits = 0
  let trailer: HeadText | undefined
  let surplus = false

  const reset = (): void => {
    state = SIZE
    remaining = lineBytes = digits = 0
    trailer = undefined
    surplus = false
  }

  const readTrailer = (bytes: ByteString): void => {
    trailer ??= createTrailer()
    const end = trailer.push(bytes)
    if ((end === -1 ? trailer.length : end) > MAX_HEAD_BYTES) throw invalid('a trailer too large')
    if (end === -1) return
    surplus = end < trailer.length
    decodeFields(trailer.take().slice(0, end), 2)
    state = DONE
  }

  const decode = (bytes: ByteString): ByteString => {
    const { length } = bytes
    let out = ''
    let position = 0
    while (position < length) {
      if (state === DATA) {
        const end = Math.min(position + remaining, length)
        out += bytes.slice(position, end)
        remaining -= end - position
        position = end
        if (remaining === 0) state = DATA_CR
        continue
      }
      if (state === TRAILER) {
        readTrailer(bytes.slice(position))
        return out
      }
      const code = bytes.charCodeAt(position++)
      switch (state) {
        case SIZE: {
          const value = HEX[code] ?? -1
          if (value !== -1) {
            remaining = remaining * 16 + value
            digits++
            if (remaining > Number.MAX_SAFE_INTEGER) throw invalid('a chunk too large')
          } else if (digits === 0) throw invalid('a chunk without a size')
          else if (code === CR) state = SIZE_LF
          else if (code === SEMICOLON) state = EXTENSION
          else throw invalid('a malformed chunk size')
          if (++lineBytes > MAX_SIZE_LINE_BYTES) throw invalid('a chunk size too long')
          break
        }
        case EXTENSION:
          if (code === CR) state = SIZE_LF
          else if ((code < SPACE && code !== TAB) || code === DELETE)
            throw invalid('a control character in a chunk extension')
          if (++lineBytes > MAX_SIZE_LINE_BYTES) throw invalid('a chunk extension too long')
          break
        case SIZE_LF:
          if (code !== LF) throw invalid('a chunk size without CRLF')
          state = remaining === 0 ? TRAILER : DATA
          lineBytes = digits = 0
          break
        case DATA_CR:
          if (code !== CR) throw invalid('a chunk longer than its size')
          state = DATA_LF
          break
        case DATA_LF:
          if (code !== LF) throw invalid('a chunk without CRLF after it')
          state = SIZE
          break
        default:
          surplus = true
          return out
      }
    }
    return out
  }

  return { decode, reset, isDone: () => state === DONE, hasSurplus: () => surplus }
}

/** Starts with a line end, so that an empty trailer ends like any other. */
const createTrailer = (): HeadText => {
  const trailer = createHeadText()
  trailer.push('\r\n')
  return trailer
}
