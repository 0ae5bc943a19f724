/** Writes the head of a request, and refuses anything that could end a line or the head too early. */
import type { ByteString } from '#streams'
import type { TransportRequest } from '../transport.ts'

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const NOT_IN_TARGET = /[^\x21-\x7e\x80-\xff]/

const METHODS: Readonly<Record<TransportRequest['method'], string>> = {
  GET: 'GET ',
  POST: 'POST ',
  DELETE: 'DELETE ',
}

/** Set by the transport only: any other value could change where the request ends, or whom it reaches. */
const RESERVED = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
])

const MAX_KNOWN_NAMES = 1024
const knownNames = new Set<string>()

const expectName = (name: string): void => {
  if (!NAME.test(name)) throw new TypeError('a header name that is not a token')
  if (RESERVED.has(name.toLowerCase()))
    throw new TypeError(`the header ${name} is written by the transport`)
  if (knownNames.size < MAX_KNOWN_NAMES) knownNames.add(name)
}

export interface RequestLine {
  /** What precedes the path: empty, or the origin if a proxy needs the absolute form. */
  readonly prefix: string
  /** What follows the path: the version, and the fields that are the same for every request to an origin. */
  readonly suffix: string
}

/** The head as one string, one character per byte. Its errors quote no header value. */
export const encodeRequestHead = (line: RequestLine, request: TransportRequest): ByteString => {
  const { path, headers, body } = request
  const method = METHODS[request.method]
  if (method === undefined) throw new TypeError('an unknown method')
  if (path.charCodeAt(0) !== 47 || NOT_IN_TARGET.test(path))
    throw new TypeError('a path that is not one: it begins with / and has no blanks')
  if (headers.length % 2 !== 0) throw new TypeError('a header name without a value')
  let head = method + line.prefix + path + line.suffix
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    if (!knownNames.has(name)) expectName(name)
    if (NOT_IN_VALUE.test(value)) throw new TypeError(`a value of ${name} that cannot be written`)
    head += `${name}: ${value}\r\n`
  }
  if (body !== undefined) return `${head}content-length: ${lengthOf(body)}\r\n\r\n`
  return request.method === 'POST' ? `${head}content-length: 0\r\n\r\n` : `${head}\r\n`
}

export const lengthOf = (body: readonly Uint8Array[]): number => {
  let length = 0
  for (const piece of body) length += piece.byteLength
  return length
}
