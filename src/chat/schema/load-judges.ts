/** Loads what judges frames and bodies with the first session: the start of the process does not wait for its library. */

type Judges = typeof import('./judges.ts')

let loaded: Judges | undefined

export const loadJudges = async (): Promise<Judges> => (loaded ??= await import('./judges.ts'))

/** For a door that has loaded them. */
export const loadedJudges = (): Judges => {
  if (!loaded) throw new TypeError('the schemas are not loaded yet')
  return loaded
}
