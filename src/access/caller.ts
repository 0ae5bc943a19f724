/** The identity of a caller, as far as other modules may know it. */
import type { CallerLimits } from './limits/limit-options.ts'

export interface Caller {
  /** A hash of the key or of a token's subject, stable across restarts. `anonymous` if no key is required. */
  readonly id: string
  /** The name of the key. */
  readonly name?: string
  /** The owner of the key, or the subject of the token. */
  readonly owner?: string
  /** One of the users among whom the caller divides what is its own. */
  readonly userId?: string
  /** The caller that divides. It is one object for as long as it is admitted, and a user is one object for each call. */
  readonly userOf?: Caller
  /** Whether it may use a model: the name of an alias, or `provider/model`. Absent: any model. */
  readonly models?: (name: string) => boolean
  readonly limits?: CallerLimits
  /** Of the subject of a token: what it says itself. Nobody else knows that. */
  readonly claims?: { readonly models?: readonly string[] }
  /** When its key or token ends, in Unix time. */
  readonly expiresAtMs?: number
}

export const ANONYMOUS: Caller = { id: 'anonymous' }

/** Names whose something is: the caller's, or that of one of its users. Neither part has a space in it. */
export const scopeOf = ({ id, userId }: Caller): string =>
  userId === undefined ? id : `${id} ${userId}`
