/** Creates all modules and connects them to each other. */
import { createMemoryAccount } from '#access'
import { createContinuity, createKeptAnswers } from '#gateway'
import type { AuditEvent } from '#model'
import { findLocalServers, type LocalServer, toLocalServer } from '#providers'
import { createKeptResponses } from '#responses'
import { createPlaces, createTraffic, namedTargets, shareKeyRests } from '#router'
import { createHttpServer, stateOfProcess } from '#server'
import {
  type Backends,
  createCallLines,
  createLog,
  createMetrics,
  createStandardOutput,
  createTraces,
  type Metrics,
} from '#telemetry'
import { createLiveStore } from '#stores'
import { createBooks, createTokenCounter, fingerprintOf, toAuditQuery, toUsageQuery } from '#usage'
import { createTransport, fetchText, postText } from '#transport'
import manifest from '../../package.json' with { type: 'json' }
import type { Address, App, FirstProcess } from './app.ts'
import { createChatHere } from './chat/chat-here.ts'
import { toNeighbours } from './chat/neighbours.ts'
import { createOthers } from './chat/others.ts'
import { createGeneration, type Generation, type Lasting } from './generation.ts'
import type { AppOptions } from './options.ts'
import { createReload, type LoadOptions, warnOf } from './reload.ts'
import { keepFixed } from './restart-settings.ts'
import { createSecrets, secretsOf } from './secrets.ts'

/**
 * An agent's turns are minutes apart, and a handshake takes a tenth of a second. A connection that the server closed
 * in the meantime costs nothing: the call is sent again on a new one.
 */
const UPSTREAM_IDLE_MS = 55_000

/** How long the end of what is interrupted may take to be stored and sent. */
const FAREWELL_MS = 2_000

/** Loading the prices takes some 40 ms, which the start need not wait for, nor the first client that connects. */
const PRICES_AFTER_MS = 100

/**
 * @param load reads the configuration again. Absent: it cannot be reloaded.
 * @param first the process that this one is a worker of.
 */
export const createApp = (loaded: AppOptions, load?: LoadOptions, first?: FirstProcess): App => {
  const { options, waiting } = first
    ? keepFixed(loaded, first.running)
    : { options: loaded, waiting: [] }
  const output = options.logSink ?? createStandardOutput()
  const secrets = createSecrets()
  const { redactLog: redact } = secrets
  const log = createLog({ level: options.logLevel, redact, sink: output })

  const transport = createTransport({ env: options.proxy, keepAliveMs: UPSTREAM_IDLE_MS })

  const localServers: LocalServer[] = []
  const localTransport = createTransport({ keepAliveMs: UPSTREAM_IDLE_MS })
  const backends = (): Backends => ({
    ledger: books?.state,
    live: { store: options.redisUrl === undefined ? 'memory' : 'redis', isWell: live.healthy },
    providers: current.gateway.providerStates(),
    memory: {
      heldBytes: memory.heldBytes,
      limitBytes: current.options.limits.inFlightBytes,
    },
  })
  let metrics: Metrics | undefined
  // Nothing is counted for nobody.
  const metricsFor = (chosen: AppOptions): Metrics | undefined => {
    if (!chosen.publicMetrics && !chosen.adminKeys?.length) return undefined
    const known = namedTargets(chosen)
    metrics?.know(known)
    metrics ??= createMetrics({
      backends,
      open: () => ({
        sockets: server.openSockets,
        backgroundRuns: current.responses.backgroundRuns,
      }),
      config: () => reload.facts,
      gather: first?.gatherMetrics,
      known,
      redact,
    })
    return metrics
  }
  const traces =
    options.traces &&
    createTraces({
      options: options.traces,
      version: manifest.version,
      describe(name) {
        const provider = current.listed.find((each) => each.name === name)
        const vendor = current.vendors.get(name) ?? name
        return provider?.kind === 'http' ? { vendor, origin: provider.origin } : { vendor }
      },
      post: (posting) => postText(transport, posting),
      redact,
      log,
    })
  const live = createLiveStore({
    ...(options.redisUrl === undefined ? {} : { redisUrl: options.redisUrl }),
    ...(first && { port: first.live }),
    ...(options.onStoreFailure === undefined ? {} : { onStoreFailure: options.onStoreFailure }),
    onWaited: (milliseconds) => metrics?.waitedForStore(milliseconds),
    log,
  })
  const traffic = createTraffic({
    breaker: options.breaker,
    log,
    shared: {
      messages: live,
      get providers() {
        return current.providers
      },
    },
  })
  const budget = { maxBytes: options.limits.inFlightBytes, shared: true }
  const memory = createMemoryAccount(budget)
  const counter = createTokenCounter()
  const kept = createKeptResponses(memory)
  const cacheBudget = { maxBytes: 0 }
  // Workers that delete old rows at the same time would only be in each other's way.
  const keepDays = first?.isFirst === false ? undefined : options.keepDays
  const books = options.rows && createBooks({ place: options.rows, keepDays, redact, log })
  const others = createOthers({ redisUrl: options.redisUrl, first, log })
  const chat = createChatHere({
    place: options.rows,
    redisUrl: options.redisUrl,
    neighbours: toNeighbours({ ...options, port: first?.live, others }),
    books,
    live,
    log,
    current: () => current,
  })
  const lasting: Lasting = {
    log,
    secrets,
    transport,
    fetchText: (url, bounds) => fetchText(transport, url, bounds),
    localServers,
    live,
    shareRests: shareKeyRests(live, () => current.providers),
    traffic,
    places: createPlaces({ messages: live }),
    memory,
    counter,
    kept,
    keptAnswers: createKeptAnswers(memory, cacheBudget),
    continuity: createContinuity(),
    settlers: [
      createCallLines(log, redact),
      ...(books ? [books.settle] : []),
      ...(options.settlers ?? []),
    ],
    tracer: traces,
    metricsFor,
  }

  let current: Generation = createGeneration(options, lasting)
  const followBudget = (): void => {
    budget.maxBytes = current.options.limits.inFlightBytes
    budget.shared = current.access.hasManyCallers
    cacheBudget.maxBytes = current.options.cache?.maxBytes ?? 0
  }
  followBudget()
  const networks: Generation['networks'] = (...address) => current.networks(...address)
  const describe = (): string =>
    `version ${manifest.version}, configuration ${fingerprintOf(current.options, secretsOf(current.options), redact)}`

  const server = createHttpServer({
    serving: () => current.serving,
    memory,
    log,
    backends,
    gatherStates: first?.gatherStates,
    peers: first?.peers,
    sessions: { chat: chat.chat, slots: live, others },
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

  const loadPrices = (): void =>
    void setTimeout(() => current.prices.load(), PRICES_AFTER_MS).unref()

  const reload = createReload({
    load,
    running: options,
    current: () => current.options,
    log,
    note: (event) => books?.note(event),
    use(chosen) {
      const earlier = current
      current = createGeneration(chosen, lasting, earlier)
      followBudget()
      log.setLevel(chosen.logLevel)
      traffic.configure(chosen.breaker)
      server.reloaded()
      transport.keepOnly(originsOf(current))
      loadPrices()
      earlier.retire()
      current.gateway.checks.start()
      return describe()
    },
  })

  const listenForWebSockets = async (port: number): Promise<number> =>
    (await server.listenForWebSockets(port, options.host)).port

  const addLocalServers = async (ownPort: number): Promise<void> => {
    const { localPorts: ports } = options
    if (!ports) return
    const known = first?.localServers?.map((each) => toLocalServer(each, localTransport))
    const search = { ports, transport: localTransport, ownPort, configured: current.providers }
    for (const found of known ?? (await findLocalServers(search))) {
      localServers.push(found)
      // Another worker may have found it before a provider of this name was configured.
      if (current.listed.every(({ name }) => name !== found.name))
        current.listed.push(found.provider)
      if (!known)
        log.info({ provider: found.name, url: found.url }, 'found a server of this machine')
    }
  }

  const listenHere = async (): Promise<Address> => {
    const { address: host, port } = await server.listen(options.port, options.host)
    if (options.webSocketPort === undefined) return { host, port }
    return { host, port, webSocketPort: await listenForWebSockets(options.webSocketPort) }
  }

  const startEvents = ({ host, port }: Address): AuditEvent[] => [
    ...(first?.isFirst === false
      ? []
      : [{ action: 'config.loaded' as const, subject: describe(), outcome: 'ok' }]),
    ...(first?.isFirstOfAll === false
      ? []
      : [{ action: 'server.started' as const, subject: `${host}:${port}`, outcome: 'ok' }]),
  ]

  return {
    async listen() {
      await Promise.all([live.ready(), traces?.start()])
      if (first) await server.listenForPeers(first.peerPath)
      const address = first?.address ?? (await listenHere())
      const { date } = current.prices
      const dated = date === undefined ? {} : { pricesOf: date }
      if (!first) log.info({ ...address, ...dated }, 'listening')
      if (first?.isFirst && waiting.length > 0) warnOf(waiting, log)
      loadPrices()
      await books?.start(startEvents(address))
      await addLocalServers(address.port)
      chat.start()
      current.gateway.checks.start()
      return { ...address, localServers, ...dated }
    },
    accept: server.accept,
    knowsResponse: (caller, id) => current.responses.knows(caller, id),
    reload: reload.reload,
    async drain({ graceMs, isEnd } = {}) {
      reload.stop()
      current.gateway.checks.stop()
      const { drainMs } = current.options
      await Promise.all([
        server.drain(drainMs, graceMs),
        current.responses.drain(drainMs),
        // Readers learn how a run ended while their connections are still there.
        chat.chat.drain(Math.max(drainMs - FAREWELL_MS, drainMs / 2)),
      ])
      await traces?.close()
      await Promise.all([
        transport.close(),
        localTransport.close(),
        counter.close(),
        live.close(),
        others?.close(),
        books?.close(isEnd),
        chat.close(),
      ])
      if (!first) log.info({}, 'drained')
      await (output.end?.() ?? output.flush())
    },
    readMetrics: async () => metrics?.read(),
    readState: () => stateOfProcess(backends()),
    inspect: () => ({
      providers: current.providers,
      explain: current.explain(),
      price: current.prices.price,
    }),
    reportCrash(error) {
      log.error({ error }, 'crashed')
      output.flush()
    },
  }
}

/** Where connections are worth keeping. */
const originsOf = ({ providers, options: { jwt } }: Generation): ReadonlySet<string> => {
  const origins = providers.flatMap((each) => (each.kind === 'http' ? [each.origin] : []))
  const issuer = jwt && 'jwksUrl' in jwt.verifiedBy ? [new URL(jwt.verifiedBy.jwksUrl).origin] : []
  return new Set([...origins, ...issuer])
}
