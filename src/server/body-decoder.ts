/** Undoes the content coding of a body, with a bound for the memory that this takes. */
import type { Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'

export interface BodyCoding {
  create(): Transform
  /** What its decoder looks back at, of all that it has decoded. */
  readonly windowBytes: number
}

const KB = 1024

/** The largest window that HTTP allows zstd, as a power of two. RFC 9659. */
const ZSTD_WINDOW_LOG = 23
/** The largest window that brotli has without its extension for large ones. RFC 7932, 9.1. */
const BROTLI_WINDOW_LOG = 24

const GZIP: BodyCoding = { create: createGunzip, windowBytes: 32 * KB }

export const BODY_CODINGS: ReadonlyMap<string, BodyCoding> = new Map<string, BodyCoding>([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  ['deflate', { create: createInflate, windowBytes: 32 * KB }],
  ['br', { create: createBrotliDecompress, windowBytes: 2 ** BROTLI_WINDOW_LOG }],
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
