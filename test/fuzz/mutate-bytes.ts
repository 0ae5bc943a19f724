/** Changes bytes without a thought for what they mean. */
import type { Random } from './random.ts'

const INTERESTING = [
  0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f,
]

/** Bytes that no UTF-8 text holds, or holds nowhere but together with others. */
const BROKEN_UTF8: readonly (readonly number[])[] = [
  [0x80],
  [0xc0, 0xaf],
  [0xc3],
  [0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x9f, 0x92],
  [0xf4, 0x90, 0x80, 0x80],
  [0xff, 0xfe],
  [0xef, 0xbb, 0xbf],
]

const splice = (bytes: Buffer, at: number, removed: number, added: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)])

type Change = (bytes: Buffer, at: number, random: Random) => Buffer

const CHANGES: Readonly<Record<string, Change>> = {
  'flip a bit': (bytes, at, random) =>
    splice(bytes, at, 1, Buffer.of((bytes[at] ?? 0) ^ (1 << random.below(8)))),
  'set a byte': (bytes, at, random) => splice(bytes, at, 1, Buffer.of(random.pick(INTERESTING))),
  'insert a byte': (bytes, at, random) => splice(bytes, at, 0, Buffer.of(random.below(256))),
  'insert a mark': (bytes, at, random) => splice(bytes, at, 0, Buffer.of(random.pick(INTERESTING))),
  'insert bad UTF-8': (bytes, at, random) =>
    splice(bytes, at, 0, Buffer.from(random.pick(BROKEN_UTF8))),
  cut: (bytes, at) => bytes.subarray(0, at),
  'remove a slice': (bytes, at, random) => splice(bytes, at, 1 + random.below(40), Buffer.alloc(0)),
  'repeat a slice': (bytes, at, random) =>
    splice(bytes, at, 0, bytes.subarray(at, at + 1 + random.below(200))),
  'move a slice': (bytes, at, random) =>
    splice(bytes, random.below(bytes.length + 1), 0, bytes.subarray(at, at + random.below(60))),
}

const NAMES = Object.keys(CHANGES)

export interface BytesMutant {
  readonly bytes: Buffer
  readonly steps: readonly string[]
}

export const mutateBytes = (bytes: Buffer, random: Random): BytesMutant => {
  const steps: string[] = []
  let mutant = bytes
  do {
    const name = random.pick(NAMES)
    const at = random.below(mutant.length + 1)
    steps.push(`${name} at byte ${at}`)
    mutant = CHANGES[name]?.(mutant, at, random) ?? mutant
  } while (steps.length < 8 && random.chance(0.5))
  return { bytes: mutant, steps }
}
