/** What a call belongs to, as far as the choice of its target depends on it. */
import type { Conversation } from '#model'
import type { NamedTarget } from '../target.ts'

export interface Belonging {
  /** Undefined if the call names none. */
  readonly conversation: Conversation | undefined
  /** The target that has what the call refers to. */
  readonly home: NamedTarget | undefined
  /** The target that answered the call which this one continues. */
  readonly last: NamedTarget | undefined
  /** Whether the call has thoughts with it that their account may have sealed. */
  readonly hasSealedThoughts: boolean
}
