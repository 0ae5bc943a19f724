/** The identity of a caller, as far as other modules may know it. */
export interface Caller {
  /** A hash of the key, stable across restarts. `anonymous` if no key is required. */
  readonly id: string
}

export const ANONYMOUS: Caller = { id: 'anonymous' }
