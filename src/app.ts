/** Creates all modules and connects them to each other. */
import {
  createAccess,
  createLimits,
  createMemoryAccount,
  createNetworkFinder,
  type Key,
  type LimitOptions,
  textOf,
  type TokenOptions,
} from '#access'
import { createExplain, createGateway, type Explain, type RetryOptions } from '#gateway'
import type { Pricer, ProtocolName, Settler } from '#model'
import {
  createCatalogue,
  createVendorProvider,
  type Deadlines,
  demo,
  type DemoProviderOptions,
  findLocalServers,
  langchain,
  type LangchainOptions,
  langchainSecrets,
  type LocalPorts,
  type LocalServer,
  type Provider,
  toKnownLists,
  type VendorName,
  vendorNames,
} from '#providers'
import { createResponses, createResponseState } from '#responses'
import {
  type AliasOptions,
  type BreakerOptions,
  createCapabilities,
  createRouter,
  createTraffic,
  type ModelSettings,
  namedTargets,
} from '#router'
import { type BodyLimits, createHttpServer } from '#server'
import {
  type Backends,
  createCallLines,
  createLog,
  createLogRedactor,
  createMetrics,
  createRedactor,
  createStandardOutput,
  type LogLevel,
  type LogSink,
} from '#telemetry'
import { createLiveStore, type OnStoreFailure, type RowOptions, urlSecrets } from '#stores'
import {
  createBooks,
  createPrices,
  createTokenCounter,
  fingerprintOf,
  type OwnPrice,
  toAuditQuery,
  toUsageQuery,
} from '#usage'
import { createTransport, fetchText, proxySecrets, type ProxySettings } from '#transport'
import manifest from '../package.json' with { type: 'json' }

export interface AppOptions {
  readonly host: string
  readonly port: number
  /** An additional port for WebSockets only. */
  readonly webSocketPort?: number
  /** False: clients of Responses are refused the WebSocket, and fall back to HTTP. */
  readonly responsesWebSocket?: boolean
  /** Ids that Sluice gave to no caller are sent upstream, even if several callers share a key there. */
  readonly trustUnknownIds?: boolean
  readonly keys: readonly Key[]
  /** They open `/admin` and `/metrics`, and nothing else. */
  readonly adminKeys?: readonly string[]
  /** Tokens that are admitted as well as keys. */
  readonly jwt?: TokenOptions
  readonly corsOrigins: readonly string[]
  /** How much each caller may use. It holds if a key is required. */
  readonly callerLimits?: LimitOptions
  /** The proxies whose `X-Forwarded-For` counts: addresses and CIDR blocks. */
  readonly trustProxy?: readonly string[]
  readonly logLevel: LogLevel
  /** Everybody may read `/metrics`, not only an admin. */
  readonly publicMetrics?: boolean
  /** Prices that take precedence over the published ones. */
  readonly prices?: readonly OwnPrice[]
  /** False: the published prices are not used, so that a cost is unknown unless `prices` has it. */
  readonly publishedPrices?: boolean
  readonly providers: readonly ProviderOptions[]
  /** Providers whose models are built by LangChain. */
  readonly langchain?: readonly LangchainOptions[]
  readonly aliases: readonly AliasOptions[]
  /** What models can do, where that is not known or not right. */
  readonly modelSettings?: readonly ModelSettings[]
  readonly defaultModel?: string
  readonly presets: boolean
  /** Present if the demo model is to be available. */
  readonly demo?: DemoProviderOptions
  readonly limits: BodyLimits & { readonly depth: number }
  /** Live state is in Redis, for all processes together. It may contain a password. */
  readonly redisUrl?: string
  readonly onStoreFailure?: OnStoreFailure
  readonly retry: RetryOptions
  /** When a target that fails is skipped. False: never. */
  readonly breaker?: BreakerOptions | false
  readonly openAfterMs: number
  readonly drainMs: number
  readonly proxy: ProxySettings
  /** Where the ledger and the audit are kept. Absent: none is. */
  readonly rows?: RowOptions
  /** After how many days their rows are deleted. Absent: never. */
  readonly keepDays?: number
  /** The ports at which to look for model servers on this machine. Absent: do not look. */
  readonly localPorts?: LocalPorts
  /** Used in place of standard output. */
  readonly logSink?: LogSink
  /** Called with the settlement of every call, after the log. */
  readonly settlers?: readonly Settler[]
}

export interface ProviderOptions {
  readonly name: string
  readonly vendor: VendorName
  readonly apiKey?: string
  /** Several keys, which take turns, in place of one. */
  readonly apiKeys?: readonly string[]
  readonly baseUrl?: string
  /** Used in place of the vendor's own protocols, best first. */
  readonly protocols?: readonly ProtocolName[]
  readonly injectUsage?: boolean
  readonly deadlines?: Partial<Deadlines>
}

export interface Listening {
  readonly host: string
  readonly port: number
  readonly webSocketPort?: number
  /** Servers found on this machine that were not configured. They answer only if a model name includes their name. */
  readonly localServers: readonly LocalServer[]
}

export interface App {
  listen(): Promise<Listening>
  /** Takes no more calls, waits for those in progress, and releases everything. */
  drain(): Promise<void>
  /** For whoever looks into a configuration without serving. */
  inspect(): Inspection
  /** Logs an uncaught error, bypassing all buffers, for a process that is about to exit. */
  reportCrash(error: unknown): void
}

export interface Inspection {
  readonly providers: readonly Provider[]
  /** By the lists of models that were fetched. None is fetched for it. */
  readonly explain: Explain
  readonly price: Pricer
}

/**
 * An agent's turns are minutes apart, and a handshake takes a tenth of a second. A connection that the server closed
 * in the meantime costs nothing: the call is sent again on a new one.
 */
const UPSTREAM_IDLE_MS = 55_000

/** Loading the prices takes some 40 ms, which the start need not wait for, nor the first client that connects. */
const PRICES_AFTER_MS = 100

export const createApp = (options: AppOptions): App => {
  const secrets = [
    ...options.keys.map(textOf),
    ...(options.adminKeys ?? []),
    ...(options.jwt && 'secret' in options.jwt.verifiedBy ? [options.jwt.verifiedBy.secret] : []),
    ...options.providers.flatMap(({ apiKey, apiKeys = [] }) =>
      apiKey ? [apiKey, ...apiKeys] : apiKeys,
    ),
    ...(options.langchain ?? []).flatMap(langchainSecrets),
    ...urlSecrets(options.redisUrl),
    ...urlSecrets(options.rows?.databaseUrl),
    ...proxySecrets(options.proxy),
  ]
  const output = options.logSink ?? createStandardOutput()
  const log = createLog({ level: options.logLevel, secrets, sink: output })
  const redact = createLogRedactor(secrets)

  const transport = createTransport({ env: options.proxy, keepAliveMs: UPSTREAM_IDLE_MS })
  const providers: Provider[] = options.providers.map(({ vendor, ...rest }) =>
    createVendorProvider(vendor, {
      ...rest,
      transport,
      onKeyRest: ({ position, reason, restMs }) =>
        log.warn({ provider: rest.name, key: position, restMs }, `a key is ${reason}, and rests`),
    }),
  )
  for (const each of options.langchain ?? []) providers.push(langchain(each))
  if (options.demo) providers.push(demo(options.demo))

  const localServers: LocalServer[] = []
  const localTransport = createTransport({ keepAliveMs: UPSTREAM_IDLE_MS })
  // Grows with the servers found on this machine; `providers` holds only the configured ones.
  const listed = [...providers]
  const catalogue = createCatalogue(listed)
  const { aliases, presets, defaultModel } = options
  const backends = (): Backends => ({
    ledger: books?.state,
    live: { store: options.redisUrl === undefined ? 'memory' : 'redis', isWell: live.healthy },
    providers: gateway.providerStates(),
    memory: { heldBytes: memory.heldBytes, limitBytes: options.limits.inFlightBytes },
  })
  // Nothing is counted for nobody.
  const metrics =
    options.publicMetrics || options.adminKeys?.length
      ? createMetrics({
          backends,
          open: () => ({ sockets: server.openSockets, backgroundRuns: responses.backgroundRuns }),
          known: namedTargets(options),
          redact,
        })
      : undefined
  const live = createLiveStore({
    ...(options.redisUrl === undefined ? {} : { redisUrl: options.redisUrl }),
    ...(options.onStoreFailure === undefined ? {} : { onStoreFailure: options.onStoreFailure }),
    ...(metrics && { onWaited: metrics.waitedForStore }),
    log,
  })
  const traffic = createTraffic({
    breaker: options.breaker,
    log,
    shared: { messages: live, providers },
  })
  const prices = createPrices({
    own: options.prices ?? [],
    vendors: vendorNames(options),
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
    price: prices.price,
    ...(defaultModel === undefined ? {} : { defaultModel }),
  }
  const router = createRouter({ ...routes, catalogue })
  const access = createAccess({
    ...options,
    fetchText: (url, bounds) => fetchText(transport, url, bounds),
  })
  const memory = createMemoryAccount({
    maxBytes: options.limits.inFlightBytes,
    shared: access.hasManyCallers,
  })
  const admission = access.keyRequired
    ? createLimits(options.callerLimits ?? { everyCaller: {} }, live)
    : undefined
  const countsAddresses = access.keyRequired && options.callerLimits?.byIp !== undefined
  const counter = createTokenCounter()
  const state = createResponseState({
    memory,
    maxDepth: options.limits.depth,
    maxBodyBytes: options.limits.bodyBytes,
    shared: access.hasManyCallers,
    trustsUnknownIds: options.trustUnknownIds ?? false,
    openAfterMs: options.openAfterMs,
  })
  const books =
    options.rows && createBooks({ place: options.rows, keepDays: options.keepDays, redact, log })
  const networks = createNetworkFinder(options.trustProxy ?? [])
  const gateway = createGateway({
    providers,
    access,
    state,
    memory,
    admission,
    router,
    traffic,
    capabilities,
    catalogue,
    counter,
    log,
    price: prices.price,
    settlers: [
      createCallLines(log, secrets),
      ...(books ? [books.settle] : []),
      ...(metrics ? [metrics.settle] : []),
      ...(options.settlers ?? []),
    ],
    meter: metrics?.meter,
    redact: createRedactor(secrets),
    retry: options.retry,
    maxDepth: options.limits.depth,
    openAfterMs: options.openAfterMs,
  })
  const responses = createResponses({ state, gateway })
  const server = createHttpServer({
    gateway,
    responses,
    memory,
    allowsOrigin: access.allowsOrigin,
    admin: access.admin,
    log,
    limits: options.limits,
    findNetwork: countsAddresses ? networks : undefined,
    responsesWebSocket: options.responsesWebSocket ?? true,
    isReady: () => gateway.isReady(),
    backends,
    metrics,
    publicMetrics: options.publicMetrics ?? false,
    ...(books && {
      usage: async ({ callerId, ...asked }) => ({
        ...(await books.reportUsage({
          ...toUsageQuery(asked),
          ...(callerId === undefined ? {} : { callerId }),
        })),
      }),
      audit: {
        note: books.note,
        read: async (asked) => ({ ...(await books.reportAudit(toAuditQuery(asked))) }),
        findNetwork: networks,
      },
    }),
  })

  const listenForWebSockets = async (port: number): Promise<number> =>
    (await server.listenForWebSockets(port, options.host)).port

  const addLocalServers = async (ownPort: number): Promise<void> => {
    const { localPorts: ports } = options
    if (!ports) return
    const search = { ports, transport: localTransport, ownPort, configured: providers }
    for (const found of await findLocalServers(search)) {
      localServers.push(found)
      listed.push(found.provider)
      log.info({ provider: found.name, url: found.url }, 'found a server of this machine')
    }
  }

  return {
    async listen() {
      await live.ready()
      const { address, port } = await server.listen(options.port, options.host)
      const own =
        options.webSocketPort === undefined
          ? {}
          : { webSocketPort: await listenForWebSockets(options.webSocketPort) }
      const dated = prices.date === undefined ? {} : { pricesOf: prices.date }
      log.info({ host: address, port, ...own, ...dated }, 'listening')
      setTimeout(prices.load, PRICES_AFTER_MS).unref()
      await books?.start([
        {
          action: 'config.loaded',
          subject: `version ${manifest.version}, configuration ${fingerprintOf(options, secrets, redact)}`,
          outcome: 'ok',
        },
        { action: 'server.started', subject: `${address}:${port}`, outcome: 'ok' },
      ])
      await addLocalServers(port)
      return { host: address, port, ...own, localServers }
    },
    async drain() {
      await Promise.all([server.drain(options.drainMs), responses.drain(options.drainMs)])
      await Promise.all([
        transport.close(),
        localTransport.close(),
        counter.close(),
        live.close(),
        books?.close(),
      ])
      log.info({}, 'drained')
      await (output.end?.() ?? output.flush())
    },
    inspect: () => ({
      providers,
      explain: createExplain(
        createRouter({ ...routes, catalogue: toKnownLists(listed) }),
        capabilities,
      ),
      price: prices.price,
    }),
    reportCrash(error) {
      log.error({ error }, 'crashed')
      output.flush()
    },
  }
}
