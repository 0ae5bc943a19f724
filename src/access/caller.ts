/** Who is calling, as far as it may be known to the rest of the house. */
export interface Caller {
  /** A hash of the key, the same after a restart; `anonymous` where no key is asked for. */
  readonly id: string
}

export const ANONYMOUS: Caller = { id: 'anonymous' }
