/** Reads the settings in the environment. An empty variable counts as not set. */
import type { CallLimits } from '#access'
import { type Vendor as VendorData, VENDOR_NAMES, type VendorName, VENDORS } from '#providers'
import { LOG_LEVELS, type LogLevel } from '#telemetry'
import { proxyFault, type ProxySettings, toProxySettings } from '#transport'
import { baseUrlFault } from '../base-url.ts'
import { ConfigError } from '../config-error.ts'
import { MAX_COUNT, MAX_MS } from '../largest.ts'
import { toPort } from '../port.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { type OtelSettings, readOtelVariables } from './otel-variables.ts'
import { toWorkerSetting, type WorkerSetting } from './worker-setting.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface EnvironmentSettings {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly webSocketPort: number | undefined
  readonly workers: WorkerSetting | undefined
  readonly logLevel: LogLevel | undefined
  readonly keys: readonly string[]
  readonly adminKeys: readonly string[]
  readonly corsOrigins: readonly string[]
  /** The windows in which calls are counted, as far as they are set. */
  readonly windows: CallLimits
  /** The key and the address of each vendor. */
  readonly vendors: Readonly<Record<VendorName, VendorSettings>>
  readonly redisUrl: string | undefined
  readonly proxy: ProxySettings
  readonly dataFolder: string | undefined
  readonly databaseUrl: string | undefined
  /** Where calls are traced. */
  readonly otel: OtelSettings
}

export interface VendorSettings {
  readonly apiKey: string | undefined
  readonly baseUrl: string | undefined
  /** The variables in which they were found, or would be. */
  readonly names: { readonly apiKey: string; readonly baseUrl: string }
}

/** @throws ConfigError */
export const readEnvironment = (env: Environment): EnvironmentSettings => {
  const read = (name: string): string | undefined => env[name]?.trim() || undefined
  const readPort = (name: string): number | undefined => {
    const port = read(name)
    return port === undefined ? undefined : toPort(port, name)
  }
  const readCount = (name: string, most: number): number | undefined => {
    const count = read(name)
    return count === undefined ? undefined : toCount(count, name, most)
  }
  return {
    host: read('HOST'),
    port: readPort('PORT'),
    webSocketPort: readPort('WEBSOCKET_PORT'),
    workers: toWorkers(read('SLUICE_WORKERS')),
    logLevel: toLogLevel(read('LOG_LEVEL')),
    keys: toList(read('SLUICE_API_KEYS')),
    adminKeys: toOne(read('SLUICE_ADMIN_KEY')),
    corsOrigins: toList(read('CORS_ORIGINS')),
    windows: withoutUndefined({
      windowMs: readCount('RATE_LIMIT_WINDOW_MS', MAX_MS),
      windowRequests: readCount('RATE_LIMIT_MAX_REQUESTS', MAX_COUNT),
      streamingPerMinute: readCount('STREAMING_RATE_LIMIT_MAX', MAX_COUNT),
    }),
    vendors: toVendors(read),
    redisUrl: checkedRedisUrl(read('REDIS_URL')),
    proxy: checkedProxy(toProxySettings(env)),
    dataFolder: read('SLUICE_DATA'),
    databaseUrl: checkedDatabase(read('DATABASE_URL')),
    otel: readOtelVariables(read),
  }
}

/** @throws ConfigError */
const toCount = (text: string, name: string, most: number): number => {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= most) return count
  throw new ConfigError(`${name} must be a whole number from 1 to ${most}.`)
}

const toList = (text = ''): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

const toOne = (text: string | undefined): string[] => (text === undefined ? [] : [text])

const toWorkers = (text: string | undefined): WorkerSetting | undefined =>
  text === undefined ? undefined : toWorkerSetting(text, 'SLUICE_WORKERS')

const toLogLevel = (text: string | undefined): LogLevel | undefined => {
  if (text === undefined) return undefined
  const level = LOG_LEVELS.find((candidate) => candidate === text.toLowerCase())
  if (!level) throw new ConfigError(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}.`)
  return level
}

const PRINTABLE = /^[\x20-\x7E]*$/

type Read = (name: string) => string | undefined

const toVendors = (read: Read): EnvironmentSettings['vendors'] =>
  Object.fromEntries(
    VENDOR_NAMES.map((name) => [name, toVendor(VENDORS[name], read)]),
  ) as EnvironmentSettings['vendors']

const toVendor = ({ variables }: VendorData, read: Read): VendorSettings => {
  const names = {
    apiKey: nameOf(variables?.apiKey, read),
    baseUrl: nameOf(variables?.baseUrl, read),
  }
  const apiKey = read(names.apiKey)
  const baseUrl = read(names.baseUrl)
  // It is sent in a header, which allows nothing else.
  if (apiKey !== undefined && !PRINTABLE.test(apiKey))
    throw new ConfigError(`${names.apiKey} must be one line of printable ASCII characters.`)
  const fault = baseUrl === undefined ? undefined : baseUrlFault(baseUrl)
  if (fault) throw new ConfigError(`${names.baseUrl} ${fault}.`)
  return { apiKey, baseUrl, names }
}

/** The first variable that is set, or else the first one. */
const nameOf = (names: readonly string[] = [], read: Read): string =>
  names.find((name) => read(name) !== undefined) ?? names[0] ?? ''

/** It may contain a password, so the fault does not quote it. */
const checkedRedisUrl = (url: string | undefined): string | undefined => {
  if (url !== undefined && !isRedisUrl(url))
    throw new ConfigError(
      'REDIS_URL must be an address such as redis://host:6379, with its password percent-encoded.',
    )
  return url
}

const isRedisUrl = (url: string): boolean => {
  try {
    const { protocol, hostname, username, password } = new URL(url)
    decodeURIComponent(username + password)
    return /^rediss?:$/.test(protocol) && hostname !== ''
  } catch {
    return false
  }
}

const checkedProxy = (proxy: ProxySettings): ProxySettings => {
  const fault = proxyFault(proxy)
  if (fault !== undefined) throw new ConfigError(fault)
  return proxy
}

/** The sentence does not quote it: it may contain a password. */
const checkedDatabase = (url: string | undefined): string | undefined => {
  if (url !== undefined && !(/^postgres(?:ql)?:\/\//i.test(url) && isDecodable(url)))
    throw new ConfigError(
      'DATABASE_URL must be a postgres:// or postgresql:// URL, with its user name and password percent-encoded.',
    )
  return url
}

const isDecodable = (url: string): boolean => {
  try {
    const { username, password } = new URL(url)
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}
