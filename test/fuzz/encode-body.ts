/** Bodies in a content coding, said truly or not. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { mutateBytes } from './mutate-bytes.ts'
import type { Random } from './random.ts'

const CODINGS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
}

const NAMES = Object.keys(CODINGS)

const UNKNOWN = [
  '',
  'compress',
  'gzip, gzip',
  'GZIP',
  'identity',
  '*',
  'x-gzip',
  '__proto__',
  'toString',
]

/** Small as sent, more than is taken as read. */
const BOMB = gzipSync(Buffer.alloc(12 * 1024 * 1024, ' '))

export interface EncodedBody {
  readonly bytes: Buffer
  readonly coding: string
  readonly steps: readonly string[]
}

export const encodeBody = (body: Buffer, random: Random): EncodedBody => {
  const coding = random.pick(NAMES)
  const encoded = CODINGS[coding]?.(body) ?? body
  const ways: readonly (() => EncodedBody)[] = [
    () => ({ bytes: encoded, coding, steps: ['whole'] }),
    () => ({ coding, ...mutateBytes(encoded, random) }),
    () => ({ bytes: encoded.subarray(0, random.below(encoded.length)), coding, steps: ['cut'] }),
    () => ({ bytes: Buffer.concat([encoded, encoded]), coding, steps: ['twice'] }),
    () => ({ bytes: body, coding, steps: ['not encoded at all'] }),
    () => ({ bytes: encoded, coding: random.pick(NAMES), steps: [`truly ${coding}`] }),
    () => ({ bytes: encoded, coding: random.pick(UNKNOWN), steps: [`truly ${coding}`] }),
    () => ({ bytes: gzipSync(encoded), coding: 'gzip', steps: [`truly gzip of ${coding}`] }),
  ]
  if (random.chance(0.02)) return { bytes: BOMB, coding: 'gzip', steps: ['a bomb'] }
  return random.pick(ways)()
}
