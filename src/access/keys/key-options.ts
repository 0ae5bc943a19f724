/** A key that callers may use, with what it is for. */
import type { CallerLimits } from '../limits/limit-options.ts'

export interface KeyOptions {
  readonly key: string
  readonly name?: string
  readonly owner?: string
  /** Patterns of the models that it may use. Absent: any model. */
  readonly models?: readonly string[]
  /** Patterns of the origins of web pages that may use it. Absent: any page that may call at all. */
  readonly origins?: readonly string[]
  readonly limits?: CallerLimits
  /** In Unix time. */
  readonly expiresAtMs?: number
  readonly disabled?: boolean
}

/** A key alone may use everything. */
export type Key = string | KeyOptions

export const textOf = (key: Key): string => (typeof key === 'string' ? key : key.key)
