/** Looks at the first bytes of images and documents, as the vendors do before they read them. */

export type MediaType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp' | 'application/pdf'

const MARKS: [MediaType, (bytes: Buffer) => boolean][] = [
  ['image/png', (bytes) => bytes.subarray(0, 4).toString('latin1') === '\u0089PNG'],
  ['image/jpeg', (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8],
  ['image/gif', (bytes) => bytes.subarray(0, 4).toString('latin1') === 'GIF8'],
  ['image/webp', (bytes) => bytes.subarray(8, 12).toString('latin1') === 'WEBP'],
  ['application/pdf', (bytes) => bytes.subarray(0, 5).toString('latin1') === '%PDF-'],
]

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The bytes, or nothing if this is not base64 or empty. */
export const fromBase64 = (data: string): Buffer | undefined =>
  data && BASE64.test(data) ? Buffer.from(data, 'base64') : undefined

export const mediaTypeOf = (bytes: Buffer): MediaType | undefined =>
  MARKS.find(([, isIt]) => isIt(bytes))?.[0]

export interface DataUri {
  mediaType: string
  bytes: Buffer | undefined
}

export const parseDataUri = (uri: string): DataUri | undefined => {
  const match = /^data:([^;,]*);base64,/.exec(uri)
  return match
    ? { mediaType: match[1] ?? '', bytes: fromBase64(uri.slice(match[0].length)) }
    : undefined
}

/** A PNG of one pixel. */
export const TINY_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
