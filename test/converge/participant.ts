/** Whoever takes part in a schedule, and is judged at its end. */
import type { LogAtRest } from './folds.ts'

export interface Participant {
  /** Its door. */
  readonly name: string
  /** In what it differs from the log. Nothing: it has all that it should, or is not there yet. */
  differs(log: LogAtRest): readonly string[]
  /** Nothing that comes later makes it right. */
  isBroken(): boolean
  close(): void
}

/** It stays, and comes back whatever happens to its connection. */
export interface Reader extends Participant {
  /** Vanishes after so many more bytes, and comes back later. */
  drop(afterBytes: number, backAfterMs: number): void
  freeze(milliseconds: number): void
  /**
   * @param isRepeatable the message may have come before: its events are given again
   * @returns false: it is not connected, or its door takes no commands
   */
  send(frame: object, isRepeatable?: boolean): boolean
  /** Sends a question as bare text. False: it is not connected, or its door takes commands. */
  ask(text: string): boolean
  /** Sends the beginning of a frame, and vanishes. */
  breakOff(backAfterMs: number): void
}
