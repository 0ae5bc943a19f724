/** What every attack says of itself. */
import type { Field } from './field.ts'

export interface Attack {
  readonly name: string
  /** What it does, for who reads the report. */
  readonly does: string
  /** Of the short form. */
  readonly seconds: number
  /** Where the log goes: to a full disk, or to a reader that has stopped. This needs a Sluice of its own. */
  readonly log?: 'full' | 'unread'
  /** SIGTERM arrives while it is in progress. */
  readonly untilExit?: boolean
  /** The instance stays in rotation all the while. */
  readonly staysReady?: boolean
  /** @returns when the time of the field is over, or before. */
  run(field: Field): Promise<unknown>
}
