/** What every attack says of itself. */
import type { Field } from './field.ts'

export interface Attack {
  readonly name: string
  /** What it does, for who reads the report. */
  readonly does: string
  /** Of the short form. */
  readonly seconds: number
  /** Where the log goes: to a disk that is full, or to a reader that stands still. A Sluice of its own then. */
  readonly log?: 'full' | 'unread'
  /** SIGTERM comes while it still goes on. */
  readonly untilExit?: boolean
  /** The instance stays in rotation all the while. */
  readonly staysReady?: boolean
  /** @returns when the time of the field is over, or before. */
  run(field: Field): Promise<unknown>
}
