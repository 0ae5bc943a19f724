/**
 * The bytes of one stream for several readers. Each reads from the beginning, as fast as it can. The writer pauses when
 * nobody reads.
 */
import { type ByteChannel, type ByteSink, type ByteString, createByteChannel } from '#streams'

/** Held for each piece in addition to its bytes. */
const OVERHEAD_BYTES = 64

/** How long a reader may read nothing of what is complete. Before, the stream has deadlines of its own. */
const STALLED_MS = 300_000

export interface Tape extends ByteSink {
  /** Adds a reader, unless the beginning is lost. */
  follow(reader: TapeReader): Reading
  /** No more follows: each reader ends when it has read everything. */
  finish(): void
  /** All bytes. Undefined if there were too many to hold. */
  take(): ByteString | undefined
}

export interface TapeReader {
  /** What it is written for a piece. Absent: the piece. */
  readonly toOwn?: ((piece: ByteString) => ByteString) | undefined
  /** It has been written everything. */
  onEnd(): void
  /** It was far behind the others, or did not read. Its connection is broken. */
  onCut(): void
}

export interface Reading {
  readonly channel: ByteChannel
  /** The reader has left. */
  stop(): void
  /** Ends the reader with these bytes. */
  end(last: ByteString): void
}

export interface TapeOptions {
  readonly maxBytes: number
  /** The readers are ready for more. */
  onResume(): void
  /** Counts so much memory, in place of what was counted before. False: there is not so much left. */
  tryHold(bytes: number): boolean
  /** The beginning is not held any more, so that nobody can follow. */
  onOverflow(): void
}

interface Position extends TapeReader {
  readonly channel: ByteChannel
  next: number
  paused: boolean
  stall?: NodeJS.Timeout
}

export const createTape = ({ maxBytes, onResume, tryHold, onOverflow }: TapeOptions): Tape => {
  const readers = new Set<Position>()
  const pieces: ByteString[] = []
  /** How many pieces are not held any more. */
  let dropped = 0
  let bytes = 0
  let isComplete = true
  let finished = false

  const pump = (reader: Position): void => {
    if (!readers.has(reader)) return
    while (!reader.paused && reader.next < dropped + pieces.length) {
      const piece = pieces[reader.next - dropped] ?? ''
      reader.next++
      reader.paused = !reader.channel.write(reader.toOwn ? reader.toOwn(piece) : piece)
    }
    if (!finished) return
    if (reader.next < dropped + pieces.length) return bound(reader)
    if (!remove(reader)) return
    reader.channel.end()
    reader.onEnd()
  }

  const bound = (reader: Position): void => {
    clearTimeout(reader.stall)
    reader.stall = setTimeout(() => cut(reader), STALLED_MS).unref()
  }

  /** @returns false if it was removed before. */
  const remove = (reader: Position): boolean => {
    clearTimeout(reader.stall)
    return readers.delete(reader)
  }

  const resume = (reader: Position): void => {
    reader.paused = false
    pump(reader)
    if (!reader.paused && !finished) onResume()
  }

  const dropRead = (): void => {
    let first = dropped + pieces.length
    for (const { next } of readers) first = Math.min(first, next)
    for (const piece of pieces.splice(0, first - dropped)) bytes -= piece.length + OVERHEAD_BYTES
    dropped = first
  }

  const mayHold = (): boolean => bytes <= maxBytes && tryHold(bytes)

  const isRead = (): boolean => {
    for (const { paused } of readers) if (!paused) return true
    return false
  }

  const cut = (reader: Position): void => {
    remove(reader)
    reader.channel.abort()
    reader.onCut()
  }

  /** While others read on, what waits for the slowest reader would grow without end. */
  const cutSlowest = (): void => {
    if (mayHold()) return
    for (const reader of [...readers].toSorted((a, b) => a.next - b.next)) {
      if (readers.size === 1 || !isRead()) return
      cut(reader)
      dropRead()
      if (mayHold()) return
    }
  }

  return {
    write(piece) {
      pieces.push(piece)
      bytes += piece.length + OVERHEAD_BYTES
      if (isComplete && !mayHold()) {
        isComplete = false
        onOverflow()
      }
      for (const reader of readers) pump(reader)
      if (!isComplete) {
        dropRead()
        cutSlowest()
      }
      return isRead()
    },
    end: () => undefined,
    abort() {
      isComplete = false
      for (const reader of readers) cut(reader)
    },
    follow(reader) {
      const channel: ByteChannel = createByteChannel(() => resume(position))
      const position: Position = { ...reader, channel, next: 0, paused: false }
      readers.add(position)
      pump(position)
      // The writer may have paused, because those that were there before do not read.
      if (!position.paused && !finished) onResume()
      return {
        channel,
        stop: () => void remove(position),
        end(last) {
          if (!remove(position)) return
          channel.write(last)
          channel.end()
        },
      }
    },
    finish() {
      finished = true
      for (const reader of readers) pump(reader)
    },
    take: () => (isComplete ? pieces.join('') : undefined),
  }
}
