/** Bytes on their way from one writer to one reader, with backpressure and no promise per piece. */
import type { ByteString } from './bytes.ts'

export interface ByteSink {
  /** False: the reader is behind; wait for `resume`. */
  write(bytes: ByteString): boolean
  end(): void
  /** Breaks the connection, so that the reader cannot take a part for the whole. */
  abort(): void
}

/** Holds what is written until a reader comes, then stands aside. */
export interface ByteChannel extends ByteSink {
  /** Called once. */
  readTo(sink: ByteSink): void
  /** The reader has caught up. */
  resume(): void
}

/**
 * @param onResume asks the writer to go on, after a write that answered false.
 * @param highWaterBytes how much may wait for a reader before a write answers so.
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
