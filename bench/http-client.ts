/** A keep-alive HTTP client on a raw socket that counts the tokens it gets and knows a whole answer. */
import { createHttpReader } from './http-reader.ts'
import { type Client, openClient } from './open-client.ts'

export type Answer = { status: number; tokens: number; bytes: number; tail: string }

/** Where to, and how a token is known. */
export type Target = { port: number; mark: string }

export type Callbacks = {
  answer(answer: Answer): void
  /** Some of an answer's tokens came, the first of them naming the upstream's stream. */
  tokens?(count: number, bytes: Buffer): void
  /** The socket is gone, and with it the answer that was awaited. */
  lost(reason: string): void
}

/** Holds the usage of a last event, too. */
const TAIL_BYTES = 256

export const countMarks = (bytes: Buffer, mark: string): number => {
  let count = 0
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) count++
  return count
}

/** Counts marks over chunk boundaries too: `before` ends where `bytes` begins. */
const countMarksAcross = (before: Buffer, bytes: Buffer, mark: string): number => {
  const overlap = mark.length - 1
  if (before.length === 0) return countMarks(bytes, mark)
  const seam = Buffer.concat([before.subarray(-overlap), bytes.subarray(0, overlap)])
  return countMarks(seam, mark) + countMarks(bytes, mark)
}

export const createHttpClient = ({ port, mark }: Target, callbacks: Callbacks): Client => {
  const none: Buffer = Buffer.alloc(0)
  let answer: Answer = { status: 0, tokens: 0, bytes: 0, tail: '' }
  let tail: Buffer = none

  const read = createHttpReader({
    head(head) {
      answer = { status: Number(head.slice(9, 12)), tokens: 0, bytes: 0, tail: '' }
      tail = none
    },
    body(bytes) {
      const count = countMarksAcross(tail, bytes, mark)
      answer.tokens += count
      answer.bytes += bytes.length
      tail = bytes.length >= TAIL_BYTES ? bytes : Buffer.concat([tail, bytes])
      tail = tail.subarray(-TAIL_BYTES)
      callbacks.tokens?.(count, bytes)
    },
    end() {
      answer.tail = tail.toString('latin1')
      callbacks.answer(answer)
    },
  })

  return openClient(port, read, (reason) => callbacks.lost(reason))
}
