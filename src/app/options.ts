/** Everything that can be set, as the modules take it. */
import type { Key, LimitOptions, TokenOptions } from '#access'
import type { ChatSettings } from '#chat'
import type { RetryOptions } from '#gateway'
import type { ProtocolName, Settler } from '#model'
import type {
  Deadlines,
  DemoProviderOptions,
  HealthCheckOptions,
  LangchainOptions,
  LocalPorts,
  VendorName,
} from '#providers'
import type { AliasOptions, BreakerOptions, ModelSettings } from '#router'
import type { BodyLimits } from '#server'
import type { OnStoreFailure, RowOptions } from '#stores'
import type { LogLevel, LogSink, TraceOptions } from '#telemetry'
import type { ProxySettings } from '#transport'
import type { OwnPrice } from '#usage'

export interface AppOptions {
  readonly host: string
  readonly port: number
  /** How many processes of this program serve. */
  readonly workers?: number
  /** An additional port for WebSockets only. */
  readonly webSocketPort?: number
  /** False: clients of Responses are refused the WebSocket, and fall back to HTTP. */
  readonly responsesWebSocket?: boolean
  /** False: the configuration is not loaded again when its file changes. */
  readonly reloadOnChange?: boolean
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
  /** Where calls are traced. Absent: they are not. */
  readonly traces?: TraceOptions
  /** Prices that take precedence over the published ones. */
  readonly prices?: readonly OwnPrice[]
  /** Answers are kept for identical calls. Absent: nothing is cached. */
  readonly cache?: CacheSettings
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
  /** Of the chat backend, where they are not the default. */
  readonly chat?: Partial<ChatSettings>
  readonly limits: BodyLimits & { readonly depth: number }
  /** Live state is in Redis, for all processes together. It may contain a password. */
  readonly redisUrl?: string
  readonly onStoreFailure?: OnStoreFailure
  readonly retry: RetryOptions
  /** When a target that fails is skipped. False: never. */
  readonly breaker?: BreakerOptions | false
  /** False: the calls of a conversation are balanced like any others. */
  readonly affinity?: boolean
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

interface CacheSettings {
  /** Redis needs `redisUrl`. */
  readonly store: 'memory' | 'redis'
  /** How much is kept in this process. */
  readonly maxBytes: number
  readonly ttlMs: number
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
  /** Whether translated requests get marks for the prompt cache. */
  readonly cacheMarks?: boolean
  readonly deadlines?: Partial<Deadlines>
  /** Present if it is asked from time to time whether it answers. */
  readonly health?: HealthCheckOptions
}
