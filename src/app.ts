/** The one place where modules are introduced to each other. */
import { createAccess } from '#access'
import { createGateway, type RetryOptions } from '#gateway'
import {
  anthropic,
  createCatalogue,
  type Deadlines,
  demo,
  type DemoProviderOptions,
  openai,
  type Provider,
} from '#providers'
import { type AliasOptions, createRouter } from '#router'
import { type BodyLimits, createHttpServer } from '#server'
import {
  createLog,
  createRedactor,
  createStandardOutput,
  type LogLevel,
  type LogSink,
} from '#telemetry'
import { createTransport, type ProxySettings } from '#transport'
import { createTokenCounter } from '#usage'

export interface AppOptions {
  readonly host: string
  readonly port: number
  readonly keys: readonly string[]
  readonly corsOrigins: readonly string[]
  readonly logLevel: LogLevel
  readonly providers: readonly ProviderOptions[]
  readonly aliases: readonly AliasOptions[]
  readonly defaultModel?: string
  readonly presets: boolean
  /** Present where the demo model is to exist. */
  readonly demo?: DemoProviderOptions
  readonly limits: BodyLimits & { readonly depth: number }
  readonly retry: RetryOptions
  readonly openAfterMs: number
  readonly drainMs: number
  readonly proxy: ProxySettings
  /** In place of standard output. */
  readonly logSink?: LogSink
}

export interface ProviderOptions {
  readonly name: string
  readonly vendor: keyof typeof VENDORS
  readonly apiKey?: string
  readonly baseUrl?: string
  readonly injectUsage?: boolean
  readonly deadlines?: Partial<Deadlines>
}

export interface App {
  listen(): Promise<{ readonly host: string; readonly port: number }>
  /** Takes no more calls, waits for those under way, and lets go of everything. */
  drain(): Promise<void>
  /** Logs what nobody caught, past every buffer, for a process that is about to end. */
  reportCrash(error: unknown): void
}

/**
 * An agent's turns are minutes apart, a handshake is a tenth of a second. A server that closed in the
 * meantime costs nothing: the call is sent again on a new connection.
 */
const UPSTREAM_IDLE_MS = 55_000

/** Every vendor's file, by the name that a configuration gives. */
const VENDORS = { openai, anthropic }

export const createApp = (options: AppOptions): App => {
  const secrets = [
    ...options.keys,
    ...options.providers.flatMap(({ apiKey }) => (apiKey ? [apiKey] : [])),
  ]
  const output = options.logSink ?? createStandardOutput()
  const log = createLog({ level: options.logLevel, secrets, sink: output })

  const transport = createTransport({ env: options.proxy, keepAliveMs: UPSTREAM_IDLE_MS })
  const providers: Provider[] = options.providers.map(({ vendor, ...rest }) =>
    VENDORS[vendor]({ ...rest, transport }),
  )
  if (options.demo) providers.push(demo(options.demo))

  const catalogue = createCatalogue(providers)
  const { aliases, presets, defaultModel } = options
  const router = createRouter({
    providers,
    catalogue,
    aliases,
    presets,
    ...(defaultModel === undefined ? {} : { defaultModel }),
  })
  const access = createAccess(options)
  const counter = createTokenCounter()
  const gateway = createGateway({
    providers,
    access,
    router,
    catalogue,
    counter,
    log,
    redact: createRedactor(secrets),
    retry: options.retry,
    maxDepth: options.limits.depth,
    openAfterMs: options.openAfterMs,
  })
  const server = createHttpServer({
    gateway,
    allowsOrigin: access.allowsOrigin,
    log,
    limits: options.limits,
    isReady: () => gateway.isReady(),
  })

  return {
    async listen() {
      const { address, port } = await server.listen(options.port, options.host)
      log.info({ host: address, port }, 'listening')
      return { host: address, port }
    },
    async drain() {
      await server.drain(options.drainMs)
      await Promise.all([transport.close(), counter.close()])
      log.info({}, 'drained')
      output.flush()
    },
    reportCrash(error) {
      log.error({ error }, 'crashed')
      output.flush()
    },
  }
}
