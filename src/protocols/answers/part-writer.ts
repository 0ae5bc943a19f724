/** Writes one part of an answer piece by piece. */
import type { Citation, PartDelta } from '#model'
import { type ByteString, escapeJson } from '#streams'

/** A part opens only when it has content. */
export interface PartWriter {
  write(delta: PartDelta): void
  cite(citation: Citation): void
  /** Returns false if the part is incomplete. The end of the answer decides whether that is allowed. */
  end(signature?: string): boolean | void
  /** Ends an incomplete part. */
  abandon?(): void
}

export const ignore = (): void => {}

/** A part that the protocol cannot represent; its content is discarded. */
export const DISCARDED: PartWriter = { write: ignore, cite: ignore, end: ignore }

/** A part that is written in one piece at its end; deltas are ignored. */
export const writeAtEnd = (write: () => void): PartWriter => ({
  ...DISCARDED,
  end: () => void write(),
})

/** The text that a delta adds, escaped for a JSON string. The text of a spliced delta is made only on request. */
export const toEscaped = (delta: PartDelta): ByteString => delta.escaped ?? escapeJson(delta.text)
