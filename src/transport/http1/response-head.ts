/** Reads the head of an answer: status, fields, and how the body that follows is delimited. */
import { TransportError } from '../transport.ts'
import type { ByteString } from '#streams'
import type { TransportResponse } from '../transport.ts'

export const MAX_HEAD_BYTES = 64 * 1024
const MAX_FIELDS = 256
const MAX_LENGTH_DIGITS = 15

const CR = 13
const SPACE = 32
const TAB = 9
const COLON = 58
const ZERO = 48

type Framing = 'none' | 'length' | 'chunked' | 'close'

export interface ResponseHead extends TransportResponse {
  readonly framing: Framing
  /** The length of the body, if framing is `length`. */
  readonly length: number
  readonly keepAlive: boolean
  /** The timeout that the server sets for idle connections. */
  readonly idleTimeoutSeconds: number | undefined
  /** In lower case. Undefined if the server names none. */
  readonly contentCoding: string | undefined
}

export const invalid = (message: string): TransportError =>
  new TransportError('invalid_response', `invalid answer: ${message}`)

const TOKEN = new Uint8Array(256)
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
  TOKEN[character.charCodeAt(0)] = TOKEN[character.toUpperCase().charCodeAt(0)] = 1

const CONTROL = /[^\t\r\n\x20-\x7e\x80-\xff]/

/** The index just after the empty line, or -1. Throws as soon as a line ends in LF alone. */
export const findHeadEnd = (text: ByteString, from: number): number => {
  const end = text.indexOf('\r\n\r\n', from)
  if (end !== -1) return end + 4
  for (let lf = text.indexOf('\n', from); lf !== -1; lf = text.indexOf('\n', lf + 1))
    if (lf === 0 || text.charCodeAt(lf - 1) !== CR) throw invalid('a line ends without CR')
  return -1
}

/** Alternating names and values, from `start` (just after a CRLF) to the empty line that ends the text. */
export const decodeFields = (text: ByteString, start: number): string[] => {
  if (CONTROL.test(text)) throw invalid('a control character in the head')
  const fields: string[] = []
  const last = text.length - 2
  let position = start
  while (position < last) {
    let colon = position
    let code = text.charCodeAt(colon)
    while (TOKEN[code] === 1) code = text.charCodeAt(++colon)
    if (code !== COLON || colon === position) throw invalid('a malformed field name')
    const cr = text.indexOf('\r', colon)
    const lf = text.indexOf('\n', colon)
    if (lf !== cr + 1) throw invalid('CR or LF inside a field')
    let from = colon + 1
    let to = cr
    while (from < to && isBlank(text.charCodeAt(from))) from++
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--
    if (fields.length === MAX_FIELDS * 2) throw invalid('too many fields')
    fields.push(text.slice(position, colon), text.slice(from, to))
    position = lf + 1
  }
  return fields
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB

const isDigit = (code: number): boolean => code >= ZERO && code < ZERO + 10

const decodeStatus = (text: ByteString): number => {
  const hundreds = text.charCodeAt(9)
  const tens = text.charCodeAt(10)
  const ones = text.charCodeAt(11)
  const after = text.charCodeAt(12)
  const minor = text.charCodeAt(7) - ZERO
  if (!text.startsWith('HTTP/1.') || minor < 0 || minor > 1 || text.charCodeAt(8) !== SPACE)
    throw invalid('not HTTP/1.1')
  if (!isDigit(hundreds) || !isDigit(tens) || !isDigit(ones) || (after !== SPACE && after !== CR))
    throw invalid('a malformed status')
  const status = (hundreds - ZERO) * 100 + (tens - ZERO) * 10 + (ones - ZERO)
  if (status < 100) throw invalid('a status below 100')
  return status
}

const decodeLength = (value: string): number => {
  if (value === '' || value.length > MAX_LENGTH_DIGITS) throw invalid('a malformed content-length')
  for (let index = 0; index < value.length; index++)
    if (!isDigit(value.charCodeAt(index))) throw invalid('a malformed content-length')
  return Number(value)
}

const tokens = (value: string): string[] =>
  value
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())

const decodeIdleTimeout = (value: string): number | undefined => {
  const match = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,9})/i.exec(value)
  return match ? Number(match[1]) : undefined
}

/** The lengths of `connection`, `keep-alive`, `content-length`, `content-encoding` and `transfer-encoding`. */
const LENGTHS: ReadonlySet<number> = new Set([10, 14, 16, 17])

/** Repeated fields are one list. */
const joined = (before: string | undefined, value: string): string =>
  (before === undefined ? value : `${before}, ${value}`).toLowerCase()

/** `text` begins with the status line, and `end` is just after the empty line. */
export const decodeHead = (text: ByteString, end: number): ResponseHead => {
  const status = decodeStatus(text)
  const block = text.length === end ? text : text.slice(0, end)
  const firstCr = block.indexOf('\r')
  if (block.indexOf('\n') !== firstCr + 1) throw invalid('CR or LF inside the status line')
  const rawHeaders = decodeFields(block, firstCr + 2)

  let length = -1
  let coding: string | undefined
  let contentCoding: string | undefined
  let keepAlive = block.charCodeAt(7) === ZERO + 1
  let closing = false
  let idleTimeoutSeconds: number | undefined

  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    // Only names of these lengths matter; the others need not be converted to lower case.
    if (!LENGTHS.has(name.length)) continue
    const value = rawHeaders[index + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'content-length') {
      const announced = decodeLength(value)
      if (length !== -1 && length !== announced) throw invalid('two content-lengths that differ')
      length = announced
    } else if (lower === 'transfer-encoding') {
      coding = joined(coding, value)
    } else if (lower === 'content-encoding') {
      contentCoding = joined(contentCoding, value)
    } else if (lower === 'connection') {
      const options = tokens(value)
      if (options.includes('close')) closing = true
      else if (options.includes('keep-alive')) keepAlive = true
    } else if (lower === 'keep-alive') idleTimeoutSeconds = decodeIdleTimeout(value)
  }

  if (coding !== undefined) {
    if (coding !== 'chunked') throw invalid('an unknown transfer coding')
    if (length !== -1) throw invalid('both transfer-encoding and content-length')
    if (block.charCodeAt(7) === ZERO) throw invalid('a transfer coding in HTTP/1.0')
  }
  const framing = toFraming(status, coding, length)
  return {
    status,
    rawHeaders,
    framing,
    length: Math.max(length, 0),
    keepAlive: keepAlive && !closing && framing !== 'close',
    idleTimeoutSeconds,
    contentCoding,
  }
}

const toFraming = (status: number, coding: string | undefined, length: number): Framing => {
  if (status < 200 || status === 204 || status === 304) return 'none'
  if (coding !== undefined) return 'chunked'
  if (length === -1) return 'close'
  return length === 0 ? 'none' : 'length'
}
