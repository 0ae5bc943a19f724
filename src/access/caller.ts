/** The identity of a caller, as far as other modules may know it. */
export interface Caller {
  /** A hash of the key, stable across restarts. `anonymous` if no key is required. */
  readonly id: string
  /** The name of the key. */
  readonly name?: string
  /** The owner of the key, or the subject of the token. */
  readonly owner?: string
}

export const ANONYMOUS: Caller = { id: 'anonymous' }
