/** All that follows from one configuration. A call uses one generation from its start to its end. */
import {
  type Access,
  type AccessOptions,
  createAccess,
  createLimits,
  createNetworkFinder,
  type FindNetwork,
  type MemoryAccount,
} from '#access'
import {
  type AnswerStore,
  type Continuity,
  createExplain,
  createGateway,
  type Explain,
  type Gateway,
} from '#gateway'
import type { Settler, Tracer } from '#model'
import {
  createCatalogue,
  type LocalServer,
  type Provider,
  toKnownLists,
  vendorNames,
} from '#providers'
import {
  createResponses,
  createResponseState,
  type KeptResponses,
  type Responses,
} from '#responses'
import { createCapabilities, createRouter, type Places, type Traffic } from '#router'
import type { Serving } from '#server'
import type { LiveStore } from '#stores'
import type { LineLog, Metrics } from '#telemetry'
import type { Transport } from '#transport'
import { createPrices, type Prices, type TokenCounter } from '#usage'
import type { AppOptions } from './options.ts'
import { type ConfiguredProvider, createProviders } from './providers.ts'
import { type Secrets, secretsOf } from './secrets.ts'

/** What the generations of a process share. */
export interface Lasting {
  readonly log: LineLog
  readonly secrets: Secrets
  readonly transport: Transport
  readonly fetchText: NonNullable<AccessOptions['fetchText']>
  /** Those that were found at the start. */
  readonly localServers: readonly LocalServer[]
  readonly live: LiveStore
  /** Tells other processes when a key of the provider rests. */
  readonly shareRests: (provider: Provider) => void
  readonly traffic: Traffic
  /** Where conversations are, by the names of their targets. */
  readonly places: Places
  readonly memory: MemoryAccount
  readonly counter: TokenCounter
  readonly kept: KeptResponses
  readonly keptAnswers: AnswerStore
  readonly continuity: Continuity
  readonly settlers: readonly Settler[]
  /** Undefined if calls are not traced. */
  readonly tracer: Tracer | undefined
  /** Undefined if nobody may read them. */
  readonly metricsFor: (options: AppOptions) => Metrics | undefined
}

export interface Generation {
  readonly options: AppOptions
  readonly configured: readonly ConfiguredProvider[]
  readonly providers: readonly Provider[]
  /** The same, and the servers that were found on this machine. It grows with them. */
  readonly listed: Provider[]
  readonly access: Access
  readonly prices: Prices
  /** By the names of providers. */
  readonly vendors: ReadonlyMap<string, string>
  readonly gateway: Gateway
  readonly responses: Responses
  readonly networks: FindNetwork
  readonly serving: Serving
  /** By the lists of models that were fetched. None is fetched for it. */
  explain(): Explain
  /** Releases it when the calls that use it have ended. */
  retire(): void
}

/** Lines of the log and rows of the ledger are written a moment after the call that they are about. */
const SECRETS_LINGER_MS = 5_000

/** @param earlier the generation that it replaces. */
export const createGeneration = (
  options: AppOptions,
  lasting: Lasting,
  earlier?: Generation,
): Generation => {
  const forget = lasting.secrets.add(secretsOf(options))
  const uses = createUses(() => setTimeout(forget, SECRETS_LINGER_MS).unref())
  try {
    return build(options, lasting, earlier, uses)
  } catch (thrown) {
    uses.end()
    throw thrown
  }
}

/** Counts who uses a generation. The process itself is the first. */
const createUses = (onUnused: () => void) => {
  let uses = 1
  return {
    begin: () => void uses++,
    end(): void {
      if (--uses === 0) onUnused()
    },
  }
}

const build = (
  options: AppOptions,
  lasting: Lasting,
  earlier: Generation | undefined,
  uses: ReturnType<typeof createUses>,
): Generation => {
  const { log, secrets, live, traffic, places, memory, counter, kept, continuity } = lasting
  const configured = createProviders(options, earlier?.configured ?? [], lasting)
  const providers = configured.map(({ provider }) => provider)
  const names = new Set(providers.map(({ name }) => name))
  // Grows with the servers found on this machine; `providers` holds only the configured ones.
  const listed = [
    ...providers,
    ...lasting.localServers.filter(({ name }) => !names.has(name)).map(({ provider }) => provider),
  ]
  const catalogue = createCatalogue(listed)
  const { aliases, presets, defaultModel } = options
  const vendors = vendorNames(options)
  const prices = createPrices({
    own: options.prices ?? [],
    vendors,
    published: options.publishedPrices ?? true,
  })
  const capabilities = createCapabilities({
    models: options.modelSettings ?? [],
    publishedContext: prices.contextOf,
  })
  const routes = {
    providers,
    listed,
    aliases,
    presets,
    traffic,
    places,
    price: prices.price,
    ...(defaultModel === undefined ? {} : { defaultModel }),
  }
  const router = createRouter({ ...routes, catalogue })
  const access = createAccess({ ...options, fetchText: lasting.fetchText })
  const admission = access.keyRequired
    ? createLimits(options.callerLimits ?? { everyCaller: {} }, live)
    : undefined
  const countsAddresses = access.keyRequired && options.callerLimits?.byIp !== undefined
  const state = createResponseState({
    kept,
    memory,
    maxDepth: options.limits.depth,
    maxBodyBytes: options.limits.bodyBytes,
    shared: access.hasManyCallers,
    trustsUnknownIds: options.trustUnknownIds ?? false,
    openAfterMs: options.openAfterMs,
  })
  const networks = createNetworkFinder(options.trustProxy ?? [])
  const metrics = lasting.metricsFor(options)
  const gateway = createGateway({
    providers,
    listed,
    access,
    state,
    memory,
    admission,
    cache: options.cache && {
      ttlMs: options.cache.ttlMs,
      store: (options.cache.store === 'redis' ? live.values : undefined) ?? lasting.keptAnswers,
    },
    router,
    traffic,
    shared: live,
    capabilities,
    catalogue,
    counter,
    log,
    continuity,
    price: prices.price,
    onBegin: uses.begin,
    settlers: [uses.end, ...lasting.settlers, ...(metrics ? [metrics.settle] : [])],
    meter: metrics?.meter,
    tracer: lasting.tracer,
    redact: secrets.redact,
    retry: options.retry,
    conversationSecret: options.affinity === false ? undefined : toConversationSecret(options),
    maxDepth: options.limits.depth,
    openAfterMs: options.openAfterMs,
  })
  const responses = createResponses({ state, gateway })
  return {
    options,
    configured,
    providers,
    listed,
    access,
    prices,
    vendors,
    gateway,
    responses,
    networks,
    serving: {
      gateway,
      responses,
      allowsOrigin: access.allowsOrigin,
      tokenKeys: access.tokenKeys,
      admin: access.admin,
      limits: options.limits,
      findNetwork: countsAddresses ? networks : undefined,
      responsesWebSocket: options.responsesWebSocket ?? true,
      metrics,
      publicMetrics: options.publicMetrics ?? false,
      ...uses,
    },
    explain: () =>
      createExplain(
        createRouter({ ...routes, catalogue: toKnownLists(listed) }),
        capabilities,
        options.affinity ?? true,
      ),
    retire() {
      gateway.checks.stop()
      uses.end()
    },
  }
}

/** The same in all processes of one configuration, whatever its order, and known to nobody else. */
const toConversationSecret = ({ providers }: AppOptions): string =>
  providers
    .flatMap(({ apiKey = '', apiKeys = [] }) => [apiKey, ...apiKeys])
    .toSorted()
    .join('\n')
