/** Passes bytes from one writer to one reader, with backpressure and without a promise for each piece. */
import type { ByteString } from './bytes.ts'

export interface ByteSink {
  /** False: the reader is behind; wait for `resume`. */
  write(bytes: ByteString): boolean
  end(): void
  /** Breaks the connection, so that the reader cannot mistake a part for the complete stream. */
  abort(): void
}

/** Buffers what is written until a reader is attached, then passes it straight through. */
export interface ByteChannel extends ByteSink {
  /** Attaches the reader. Call it once. */
  readTo(sink: ByteSink): void
  /** Reports that the reader has caught up. */
  resume(): void
}

/**
 * @param onResume asks the writer to continue, after a write that returned false.
 * @param highWaterBytes how much may be buffered for a reader before a write returns false.
 */
export const createByteChannel = (
  onResume: () => void,
  highWaterBytes = 64 * 1024,
): ByteChannel => {
  let sink: ByteSink | undefined
  let waiting: ByteString = ''
  let ended: 'end' | 'abort' | undefined
  let paused = false

  return {
    resume: onResume,
    write(bytes) {
      if (sink) return sink.write(bytes)
      waiting += bytes
      paused ||= waiting.length > highWaterBytes
      return !paused
    },
    end() {
      if (sink) sink.end()
      else ended ??= 'end'
    },
    abort() {
      if (sink) sink.abort()
      else ended ??= 'abort'
    },
    readTo(reader) {
      sink = reader
      const ready = waiting === '' || reader.write(waiting)
      waiting = ''
      if (ended) reader[ended]()
      else if (paused && ready) onResume()
    },
  }
}
