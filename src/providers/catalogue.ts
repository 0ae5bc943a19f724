/** The providers' own model lists: fetched on first use, kept for ten minutes, with a short limit on the wait. */
import type { ModelInfo, Provider } from './provider.ts'

const FRESH_MS = 10 * 60_000
const FAILED_MS = 60_000
/** Claude Code waits at most three seconds for the complete answer. */
const WAIT_MS = 2_000

export interface ProviderModels {
  readonly provider: Provider
  readonly models: readonly ModelInfo[]
}

export interface Catalogue {
  /** The list of each provider; one that does not answer in time is left out. */
  list(): Promise<readonly ProviderModels[]>
  /** The list of one provider. */
  listOf(provider: Provider): Promise<readonly ModelInfo[]>
}

/** The lists as they are known, for whoever must not ask. */
export const toKnownLists = (providers: readonly Provider[]): Catalogue => ({
  listOf: async (provider) => provider.knownModels() ?? [],
  list: async () =>
    providers.map((provider) => ({ provider, models: provider.knownModels() ?? [] })),
})

export const createCatalogue = (providers: readonly Provider[], now = Date.now): Catalogue => {
  const fetchedAt = new Map<Provider, number>()
  const asking = new Map<Provider, Promise<unknown>>()

  const refresh = (provider: Provider): Promise<unknown> => {
    const running = asking.get(provider)
    if (running) return running
    const request = provider
      .fetchModels(AbortSignal.timeout(WAIT_MS))
      .then(
        () => fetchedAt.set(provider, now()),
        // The old list is kept, and the next attempt waits for a minute.
        () => fetchedAt.set(provider, now() - FRESH_MS + FAILED_MS),
      )
      .finally(() => asking.delete(provider))
    asking.set(provider, request)
    return request
  }

  const listOf = async (provider: Provider): Promise<readonly ModelInfo[]> => {
    const stale = now() - (fetchedAt.get(provider) ?? -Infinity) > FRESH_MS
    const request = stale ? refresh(provider) : undefined
    if (!provider.knownModels()) await request
    return provider.knownModels() ?? []
  }

  return {
    listOf,
    list: () =>
      Promise.all(
        providers.map(async (provider) => ({ provider, models: await listOf(provider) })),
      ),
  }
}
