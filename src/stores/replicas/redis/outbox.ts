/** What this process sends to others: one batch for each of them, every 10 ms. */
import type { Redis } from 'ioredis'
import type { Patience } from '../../live/patience.ts'
import { writeBatch } from './batches.ts'
import { type Life, toInboxKey } from './keys.ts'

export interface Outbox {
  send(to: string, message: string): void
  /** Shows those who missed a batch that they did, although there is nothing else to tell them. */
  mend(): void
  /** It is gone. A new line begins if something is sent to it again. */
  forget(to: string): void
  forgetAll(): void
  /** Sends what waits, and goodbye. Resolves when it has arrived, and rejects if that is unknown. */
  close(to: readonly string[]): Promise<void>
}

export interface OutboxOptions {
  /** Undefined while nothing can be sent. What waits is then missed by its receivers. */
  readonly usable: () => Redis | undefined
  readonly self: () => Life
  readonly patience: Patience
  /** There is no inbox to write to: the process may be gone. */
  readonly onAbsent: () => void
  readonly onTrouble: (error: Error) => void
}

/** How long a message may wait for others. */
const BATCH_MS = 10

/** A batch that is larger does not wait. */
const MAX_BATCH_CHARS = 262_144

/** Batches that an inbox holds. Older ones are missed by a receiver that reads too slowly. */
const MAX_INBOX_BATCHES = 2_000

/** What may be on its way to a Redis that does not answer. */
const MAX_UNANSWERED_CHARS = 16_777_216

interface Line {
  readonly number: number
  batches: number
  waiting: string[]
  chars: number
  /** Nobody knows whether the last batches have arrived. */
  isBroken: boolean
}

export const createOutbox = ({
  usable,
  self,
  patience,
  onAbsent,
  onTrouble,
}: OutboxOptions): Outbox => {
  const lines = new Map<string, Line>()
  const due = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let lastLine = 0
  let unanswered = 0

  const lineTo = (to: string): Line => {
    const known = lines.get(to)
    if (known) return known
    const line = { number: ++lastLine, batches: 0, waiting: [], chars: 0, isBroken: false }
    lines.set(to, line)
    return line
  }

  const write = async (
    to: string,
    line: Line,
    messages: readonly string[] | undefined,
  ): Promise<void> => {
    // Even if it cannot be sent: its receiver then sees that a number is missing.
    const number = ++line.batches
    const client = usable()
    if (!client || unanswered > MAX_UNANSWERED_CHARS) {
      line.isBroken = true
      return
    }
    const text = writeBatch({ from: self(), line: line.number, number, messages })
    unanswered += text.length
    const written = client.xadd(
      toInboxKey(to),
      'NOMKSTREAM',
      'MAXLEN',
      '~',
      MAX_INBOX_BATCHES,
      '*',
      'b',
      text,
    )
    const answered = (): void => void (unanswered -= text.length)
    written.then(answered, answered)
    try {
      if ((await patience.within(written)) !== null) return
      line.isBroken = true
      onAbsent()
    } catch (error) {
      line.isBroken = true
      throw error
    }
  }

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    for (const to of due) {
      const line = lines.get(to)
      if (!line) continue
      const { waiting } = line
      line.waiting = []
      line.chars = 0
      write(to, line, waiting).catch(onTrouble)
    }
    due.clear()
  }

  return {
    send(to, message) {
      const line = lineTo(to)
      line.waiting.push(message)
      line.chars += message.length
      due.add(to)
      if (line.chars > MAX_BATCH_CHARS) flush()
      else timer ??= setTimeout(flush, BATCH_MS).unref()
    },
    mend() {
      for (const [to, line] of lines) {
        if (!line.isBroken) continue
        line.isBroken = false
        due.add(to)
      }
      if (due.size > 0) flush()
    },
    forget(to) {
      lines.delete(to)
      due.delete(to)
    },
    forgetAll() {
      lines.clear()
      due.clear()
    },
    async close(receivers) {
      flush()
      await Promise.all(receivers.map((to) => write(to, lineTo(to), undefined)))
    },
  }
}
