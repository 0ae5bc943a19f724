/** Creates all modules and connects them to each other. */
import { createAccess, createLimits, createMemoryAccount, createNetworkFinder } from '#access'
import { createExplain, createGateway } from '#gateway'
import {
  createCatalogue,
  findLocalServers,
  type LocalServer,
  toKnownLists,
  vendorNames,
} from '#providers'
import { createResponses, createResponseState } from '#responses'
import { createCapabilities, createRouter, createTraffic, namedTargets } from '#router'
import { createHttpServer } from '#server'
import {
  type Backends,
  createCallLines,
  createLog,
  createLogRedactor,
  createMetrics,
  createRedactor,
  createStandardOutput,
} from '#telemetry'
import { createLiveStore } from '#stores'
import {
  createBooks,
  createPrices,
  createTokenCounter,
  fingerprintOf,
  toAuditQuery,
  toUsageQuery,
} from '#usage'
import { createTransport, fetchText } from '#transport'
import manifest from '../../package.json' with { type: 'json' }
import type { App } from './app.ts'
import type { AppOptions } from './options.ts'
import { createProviders } from './providers.ts'
import { secretsOf } from './secrets.ts'

/**
 * An agent's turns are minutes apart, and a handshake takes a tenth of a second. A connection that the server closed
 * in the meantime costs nothing: the call is sent again on a new one.
 */
const UPSTREAM_IDLE_MS = 55_000

/** Loading the prices takes some 40 ms, which the start need not wait for, nor the first client that connects. */
const PRICES_AFTER_MS = 100

export const createApp = (options: AppOptions): App => {
  const secrets = secretsOf(options)
  const output = options.logSink ?? createStandardOutput()
  const log = createLog({ level: options.logLevel, secrets, sink: output })
  const redact = createLogRedactor(secrets)

  const transport = createTransport({ env: options.proxy, keepAliveMs: UPSTREAM_IDLE_MS })
  const providers = createProviders(options, transport, log)

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
