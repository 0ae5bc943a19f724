/** Keeps the targets of resolved names until a list of models or the set of providers changes. */
import type { Provider } from '#providers'
import type { Target } from './target.ts'

export interface Resolutions {
  find(name: string): Promise<readonly Target[]> | undefined
  keep(name: string, targets: readonly Target[]): Promise<readonly Target[]>
}

/** Clients choose the names. Beyond this all are forgotten, and the ones in use come back. */
const MAX_KEPT = 1_000

/**
 * @param asked whose lists of models decide.
 * @param listed further providers: more may come.
 */
export const createResolutions = (
  asked: readonly Provider[],
  listed: readonly Provider[],
): Resolutions => {
  const kept = new Map<string, Promise<readonly Target[]>>()
  let lists = asked.map((provider) => provider.knownModels())
  let listedCount = listed.length

  const hasChanged = (): boolean => {
    for (let at = 0; at < asked.length; at++)
      if (asked[at]?.knownModels() !== lists[at]) return true
    return listed.length !== listedCount
  }

  const expectCurrent = (): void => {
    if (!hasChanged()) return
    kept.clear()
    lists = asked.map((provider) => provider.knownModels())
    listedCount = listed.length
  }

  return {
    find(name) {
      expectCurrent()
      return kept.get(name)
    },
    keep(name, targets) {
      expectCurrent()
      if (kept.size >= MAX_KEPT) kept.clear()
      const resolved = Promise.resolve(targets)
      kept.set(name, resolved)
      return resolved
    },
  }
}
