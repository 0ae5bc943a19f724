/** The state of each key, without the keys that are idle. Its memory is bounded. */

export interface KeptKeys<State> {
  get(key: string): State | undefined
  set(key: string, state: State): void
  delete(key: string): void
  readonly size: number
}

/** Above this number the key that was looked at longest ago is forgotten: addresses of callers can be made up. */
const MAX_LIVE_KEYS = 100_000

/** Twice as fast as keys are added, so that no idle key is missed for long. */
const LOOKS_FOR_EACH_NEW_KEY = 2

export const createKeptKeys = <State>(
  isIdle: (state: State) => boolean,
  maxKeys: number = MAX_LIVE_KEYS,
): KeptKeys<State> => {
  const states = new Map<string, State>()

  /** Looks at the first keys, and moves those that are in use to the end. No timer, and no pause for all keys. */
  const sweep = (): void => {
    for (let looks = 0; looks < LOOKS_FOR_EACH_NEW_KEY; looks++) {
      const [first] = states
      if (first === undefined) return
      const [key, state] = first
      states.delete(key)
      if (!isIdle(state)) states.set(key, state)
    }
  }

  const forgetOne = (): void => {
    for (const key of states.keys()) {
      states.delete(key)
      return
    }
  }

  return {
    get: (key) => states.get(key),
    set(key, state) {
      if (!states.has(key)) {
        sweep()
        if (states.size >= maxKeys) forgetOne()
      }
      states.set(key, state)
    },
    delete: (key) => void states.delete(key),
    get size() {
      return states.size
    },
  }
}
