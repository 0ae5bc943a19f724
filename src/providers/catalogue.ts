/** The providers' own model lists: asked for on first use, kept for ten minutes, never waited for long. */
import type { ModelInfo, Provider } from './provider.ts'

const FRESH_MS = 10 * 60_000
const FAILED_MS = 60_000
/** Claude Code waits three seconds for the whole answer. */
const WAIT_MS = 2_000

export interface ProviderModels {
  readonly provider: Provider
  readonly models: readonly ModelInfo[]
}

export interface Catalogue {
  /** What each provider lists; one that does not answer in time is left out. */
  list(): Promise<readonly ProviderModels[]>
  /** What one provider lists. */
  listOf(provider: Provider): Promise<readonly ModelInfo[]>
}

export const createCatalogue = (providers: readonly Provider[], now = Date.now): Catalogue => {
  const askedAt = new Map<Provider, number>()
  const asking = new Map<Provider, Promise<unknown>>()

  const refresh = (provider: Provider): Promise<unknown> => {
    const running = asking.get(provider)
    if (running) return running
    const request = provider
      .fetchModels(AbortSignal.timeout(WAIT_MS))
      .then(
        () => askedAt.set(provider, now()),
        // The old list stands, and nobody waits for this one again before the minute is over.
        () => askedAt.set(provider, now() - FRESH_MS + FAILED_MS),
      )
      .finally(() => asking.delete(provider))
    asking.set(provider, request)
    return request
  }

  const listOf = async (provider: Provider): Promise<readonly ModelInfo[]> => {
    const stale = now() - (askedAt.get(provider) ?? -Infinity) > FRESH_MS
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
