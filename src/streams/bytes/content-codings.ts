/** The content codings that are undone here, each with a bound for the memory that this takes. */
import type { Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'

export interface ContentCoding {
  /** @param first byte of the body, where it is known: `deflate` comes with the header of zlib, and from some servers without. */
  create(first?: number): Transform
  /** What its decoder looks back at, of all that it has decoded. */
  readonly windowBytes: number
}

const KB = 1024

/** The largest window that RFC 9659 asks of every decoder of zstd, as a power of two. More would let a sender choose how much memory it takes here. */
const ZSTD_WINDOW_LOG = 23
/** The largest window that brotli has without its extension for large ones. RFC 7932, 9.1. */
const BROTLI_WINDOW_LOG = 24

const ZLIB_HEADER = 0x78
const hasHeader = (first: number): boolean => (first & 0x0f) === 8

const GZIP: ContentCoding = { create: () => createGunzip(), windowBytes: 32 * KB }

/** By their names in `content-encoding`. */
export const CONTENT_CODINGS: ReadonlyMap<string, ContentCoding> = new Map<string, ContentCoding>([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  [
    'deflate',
    {
      create: (first = ZLIB_HEADER) => (hasHeader(first) ? createInflate() : createInflateRaw()),
      windowBytes: 32 * KB,
    },
  ],
  ['br', { create: () => createBrotliDecompress(), windowBytes: 2 ** BROTLI_WINDOW_LOG }],
  [
    'zstd',
    {
      create: () =>
        createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
      windowBytes: 2 ** ZSTD_WINDOW_LOG,
    },
  ],
])

/** Of every decoder, whatever it decodes: its state, its tables and what it hands over at a time. */
export const DECODER_BYTES = 64 * KB
