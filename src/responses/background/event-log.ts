/** The events of an answer in order, for any number of readers, each at its own speed. */
import { type ByteChannel, type ByteString, createByteChannel, sseComment } from '#streams'

export interface EventLog {
  readonly events: readonly ByteString[]
  append(event: ByteString): void
  /** Ends the log: no event follows. */
  end(): void
  /** Disconnects every reader, because the events are no longer stored. */
  drop(): void
  /** The events after the one with this number, including future ones. */
  follow(after: number, reader: Reader): ByteChannel
}

export interface Reader {
  /** Fires when the reader leaves. */
  readonly signal: AbortSignal
  /** The interval of heartbeats while nothing arrives. */
  readonly beatMs: number
  /**
   * The last event for a reader that is sent away, with its number. Undefined if the reader has left.
   */
  readonly encodeFarewell?: (reason: unknown, sequence: number) => ByteString | undefined
}

const COMMENT = sseComment('keepalive')

/** How much is handed to a reader at once. */
const BATCH_BYTES = 16 * 1024

/** How long a reader may read nothing of what waits for it. */
const STALLED_MS = 300_000

interface Follower {
  pump(): void
  drop(): void
}

export const createEventLog = (): EventLog => {
  const events: ByteString[] = []
  const followers = new Set<Follower>()
  let ended = false

  const follow = (after: number, { signal, beatMs, encodeFarewell }: Reader): ByteChannel => {
    let next = after + 1
    let behind = false
    let quiet = true
    let stall: NodeJS.Timeout | undefined

    const leave = (): void => {
      followers.delete(follower)
      clearInterval(beat)
      clearTimeout(stall)
      signal.removeEventListener('abort', part)
    }
    const part = (): void => {
      leave()
      const last = encodeFarewell?.(signal.reason, next)
      if (last === undefined) return
      channel.write(last)
      channel.end()
    }
    const drop = (): void => {
      leave()
      channel.abort()
    }
    /** @returns whether more may be written. */
    const write = (bytes: ByteString): boolean => {
      behind = !channel.write(bytes)
      if (behind) stall = setTimeout(drop, STALLED_MS)
      return !behind
    }
    const takeBatch = (): ByteString => {
      let batch: ByteString = ''
      while (next < events.length && batch.length < BATCH_BYTES) batch += events[next++] ?? ''
      return batch
    }
    const pump = (): void => {
      if (behind || !followers.has(follower)) return
      while (next < events.length) {
        quiet = false
        if (!write(takeBatch())) return
      }
      if (!ended) return
      leave()
      channel.end()
    }
    const follower: Follower = { pump, drop }
    const channel = createByteChannel(() => {
      behind = false
      clearTimeout(stall)
      pump()
    })
    const beat = setInterval(() => {
      if (quiet && !behind) write(COMMENT)
      quiet = true
    }, beatMs)
    followers.add(follower)
    signal.addEventListener('abort', part)
    if (signal.aborted) part()
    pump()
    return channel
  }

  return {
    events,
    append(event) {
      events.push(event)
      for (const { pump } of followers) pump()
    },
    end() {
      ended = true
      for (const { pump } of followers) pump()
    },
    drop() {
      for (const follower of followers) follower.drop()
    },
    follow,
  }
}
