/** The content codings that Sluice can decode, each with a bound on the memory that decoding takes. */
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
  /** @param first the first byte of the body, if known: some servers send `deflate` without the zlib header. */
  create(first?: number): Transform
  /** How much of its decoded output the decoder keeps to refer back to. */
  readonly windowBytes: number
}

const KB = 1024

/**
 * The largest zstd window, as a power of two, that RFC 9659 requires of decoders. With larger ones the sender would
 * choose how much memory it takes.
 */
const ZSTD_WINDOW_LOG = 23
/** The largest brotli window without the large-window extension. RFC 7932, 9.1. */
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

/** The memory of any decoder beside its window: state, tables and one piece of output. */
export const DECODER_BYTES = 64 * KB
