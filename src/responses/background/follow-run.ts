/** Writes the events of a run to one reader as server-sent events, as fast as it reads. */
import type { EventLog, Following, LogEntry } from '#runs'
import { type ByteChannel, type ByteString, createByteChannel, sseComment } from '#streams'
import { type RunEvent, toText } from './run-event.ts'

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

/** How long a reader may read nothing of what waits for it. */
const STALLED_MS = 300_000

/** The events after the one with this number, including future ones. */
export const followRun = (
  log: EventLog<RunEvent>,
  after: number,
  { signal, beatMs, encodeFarewell }: Reader,
): ByteChannel => {
  let following: Following | undefined
  let quiet = true
  let behind = false
  let stall: NodeJS.Timeout | undefined

  const leave = (): void => {
    following?.stop()
    clearInterval(beat)
    clearTimeout(stall)
    signal.removeEventListener('abort', part)
  }
  const part = (): void => {
    leave()
    const last = encodeFarewell?.(signal.reason, (following?.seq ?? after) + 1)
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
  const channel = createByteChannel(() => {
    behind = false
    clearTimeout(stall)
    following?.resume()
  })
  const beat = setInterval(() => {
    if (quiet && !behind && !write(COMMENT)) following?.pause()
    quiet = true
  }, beatMs)
  signal.addEventListener('abort', part)
  if (signal.aborted) {
    part()
    return channel
  }
  following = log.follow(after, {
    take(entries) {
      quiet = false
      return write(textOf(entries))
    },
    end(why) {
      leave()
      if (why === 'ended') channel.end()
      else channel.abort()
    },
  })
  return channel
}

const textOf = (entries: readonly LogEntry<RunEvent>[]): ByteString => {
  let text: ByteString = ''
  for (const { event } of entries) text += toText(event)
  return text
}
