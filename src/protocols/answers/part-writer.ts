/** Writes one part of an answer as it comes. */
import type { Citation, PartDelta } from '#model'

/** Nothing is written before there is something to say. */
export interface PartWriter {
  write(delta: PartDelta): void
  cite(citation: Citation): void
  /** False where the part is not whole: whether it may end so, the end of the answer will tell. */
  end(signature?: string): boolean | void
  /** Ends what is not whole. */
  abandon?(): void
}

export const nothing = (): void => {}

/** Of a part that has no form. */
export const SILENT: PartWriter = { write: nothing, cite: nothing, end: nothing }

/** Comes whole: what is written to it is not heard. */
export const whole = (write: () => void): PartWriter => ({ ...SILENT, end: () => void write() })
