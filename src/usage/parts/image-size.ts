/** Reads the dimensions of an image from its first bytes: PNG, JPEG, GIF, WebP. */

export interface Size {
  readonly width: number
  readonly height: number
}

/** The thumbnails and profiles before the dimensions of a photo are rarely larger. */
const HEAD_CHARACTERS = 512 * 1024

/** Undefined if the bytes are in no known format. */
export const readImageSize = (base64: string): Size | undefined => {
  const bytes = Buffer.from(base64.slice(0, HEAD_CHARACTERS), 'base64')
  const size = READERS.find(({ mark, at }) => bytes.indexOf(mark, at, 'latin1') === at)?.read(bytes)
  return size && size.width > 0 && size.height > 0 ? size : undefined
}

const readPng = (bytes: Buffer): Size | undefined =>
  bytes.length < 24 ? undefined : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }

const readGif = (bytes: Buffer): Size | undefined =>
  bytes.length < 10 ? undefined : { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }

const readWebp = (bytes: Buffer): Size | undefined => {
  if (bytes.length < 30) return undefined
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    default:
      return undefined
  }
}

/** The frame headers are SOF0 to SOF15, except for three markers in that range. */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

const readJpeg = (bytes: Buffer): Size | undefined => {
  let at = 2
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) at++
    else if (isFrameHeader(marker))
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    else at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

const READERS = [
  { mark: '\x89PNG\r\n\x1a\n', at: 0, read: readPng },
  { mark: '\xff\xd8', at: 0, read: readJpeg },
  { mark: 'GIF8', at: 0, read: readGif },
  { mark: 'WEBP', at: 8, read: readWebp },
]
