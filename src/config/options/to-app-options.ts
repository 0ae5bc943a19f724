/** Combines the command line, the file and the environment: the first source wins. */
import type { AppOptions } from '#app'
import { isLoopback, mayListenAt, textOf } from '#access'
import { DEFAULT_RETRY } from '#gateway'
import { DEFAULT_LOCAL_PORTS } from '#providers'
import { ConfigError } from '../config-error.ts'
import { DEFAULTS } from '../defaults.ts'
import type { EnvironmentSettings } from '../environment/environment.ts'
import type { FileSettings } from '../schema/index.ts'
import { toAccess } from './to-access.ts'
import { toChat } from './chat/to-chat.ts'
import { toCache } from './to-cache.ts'
import { toLangchain } from './to-langchain.ts'
import { toModels } from './models/to-models.ts'
import { toPrices } from './models/to-prices.ts'
import { toLimits } from './to-limits.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { toProviders } from './to-providers.ts'
import { toAlias, toBreaker } from './to-routing.ts'
import { toTraces } from './telemetry/to-traces.ts'

export interface Sources {
  readonly flags: { readonly host?: string; readonly port?: number }
  readonly file: FileSettings
  readonly environment: EnvironmentSettings
}

/** @throws ConfigError */
export const toAppOptions = ({
  flags,
  file,
  environment,
}: Sources): { options: AppOptions; notices: readonly string[] } => {
  const host = flags.host ?? file.server?.host ?? environment.host ?? DEFAULTS.host
  const port = flags.port ?? file.server?.port ?? environment.port ?? DEFAULTS.port
  const webSocketPort = file.server?.websocket_port ?? environment.webSocketPort
  const access = toAccess(file, environment)
  const { keys, jwt } = access
  if (!mayListenAt(host, jwt ? [...keys, jwt] : keys))
    throw new ConfigError(
      `${host} can be reached from other machines, so callers need a key: set SLUICE_API_KEYS, or keys in sluice.yaml.`,
    )

  const { providers, notices } = toProviders(file.providers, environment.vendors, {
    host,
    port,
    keys: keys.map(textOf),
  })
  const langchain = toLangchain(file.providers)
  const configured = providers.length + langchain.length
  const limits = toLimits(file.limits, environment.windows, host)
  const demo = toDemo(file.demo, isLoopback(host) && configured === 0)
  return {
    notices: [...notices, ...environment.otel.notices],
    options: {
      host,
      port,
      ...(webSocketPort === undefined ? {} : { webSocketPort }),
      ...(file.server?.responses_websocket === false ? { responsesWebSocket: false } : {}),
      ...(file.server?.reload_on_change === false ? { reloadOnChange: false } : {}),
      ...(file.server?.trust_unknown_ids ? { trustUnknownIds: true } : {}),
      ...access,
      ...(limits ? { callerLimits: limits } : {}),
      ...(file.server?.trust_proxy ? { trustProxy: file.server.trust_proxy } : {}),
      corsOrigins: file.server?.cors_origins ?? environment.corsOrigins,
      ...(file.metrics === 'public' ? { publicMetrics: true } : {}),
      ...withoutUndefined({ traces: toTraces(file.traces, environment.otel) }),
      logLevel: file.log?.level ?? environment.logLevel ?? DEFAULTS.logLevel,
      ...(file.prices ? { prices: toPrices(file.prices) } : {}),
      providers,
      ...(langchain.length > 0 ? { langchain } : {}),
      aliases: Object.entries(file.aliases ?? {}).map(([name, each]) => toAlias(name, each)),
      ...(file.models ? { modelSettings: toModels(file.models) } : {}),
      ...(file.default === undefined ? {} : { defaultModel: file.default }),
      presets: file.presets ?? true,
      ...(demo ? { demo } : {}),
      limits: {
        bodyBytes: file.limits?.body_bytes ?? DEFAULTS.limits.bodyBytes,
        depth: file.limits?.depth ?? DEFAULTS.limits.depth,
        inFlightBytes: file.limits?.in_flight_bytes ?? DEFAULTS.limits.inFlightBytes,
        uploadStallMs: file.limits?.upload_stall_ms ?? DEFAULTS.limits.uploadStallMs,
      },
      ...(environment.redisUrl === undefined ? {} : { redisUrl: environment.redisUrl }),
      ...(file.limits?.on_store_failure === undefined
        ? {}
        : { onStoreFailure: file.limits.on_store_failure }),
      ...toCache(file.cache, environment.redisUrl),
      ...toChat(file.chat),
      retry: {
        retries: file.retries?.max ?? DEFAULT_RETRY.retries,
        baseMs: file.retries?.base_ms ?? DEFAULT_RETRY.baseMs,
      },
      ...withoutUndefined({ breaker: toBreaker(file.breaker) }),
      ...(file.affinity === false ? { affinity: false } : {}),
      openAfterMs: file.server?.open_after_ms ?? DEFAULTS.openAfterMs,
      drainMs: file.server?.drain_ms ?? DEFAULTS.drainMs,
      proxy: environment.proxy,
      rows: {
        folder: environment.dataFolder ?? DEFAULTS.dataFolder,
        ...(environment.databaseUrl === undefined ? {} : { databaseUrl: environment.databaseUrl }),
      },
      ...(file.ledger?.keep_days === undefined ? {} : { keepDays: file.ledger.keep_days }),
      ...((file.probe_local ?? isLoopback(host)) ? { localPorts: DEFAULT_LOCAL_PORTS } : {}),
    },
  }
}

const toDemo = (setting: FileSettings['demo'], fitsHere: boolean): AppOptions['demo'] => {
  if (typeof setting === 'object')
    return setting.pace_ms === undefined ? {} : { paceMs: setting.pace_ms }
  return (setting ?? fitsHere) ? {} : undefined
}
