/** What the environment says. An empty variable is as if it were not set. */
import type { ProviderOptions } from '#app'
import { LOG_LEVELS, type LogLevel } from '#telemetry'
import { type ProxySettings, toProxySettings } from '#transport'
import { baseUrlFault } from './base-url.ts'
import { ConfigError } from './config-error.ts'
import { toPort } from './port.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type Vendor = ProviderOptions['vendor']

export interface EnvironmentSettings {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly logLevel: LogLevel | undefined
  readonly keys: readonly string[]
  readonly corsOrigins: readonly string[]
  /** Key and address of each vendor. */
  readonly vendors: Readonly<Record<Vendor, VendorSettings>>
  readonly proxy: ProxySettings
}

interface VendorSettings {
  readonly apiKey: string | undefined
  readonly baseUrl: string | undefined
}

/** @throws ConfigError */
export const readEnvironment = (env: Environment): EnvironmentSettings => {
  const read = (name: string): string | undefined => env[name]?.trim() || undefined
  const port = read('PORT')
  return {
    host: read('HOST'),
    port: port === undefined ? undefined : toPort(port, 'PORT'),
    logLevel: toLogLevel(read('LOG_LEVEL')),
    keys: toList(read('SLUICE_API_KEYS')),
    corsOrigins: toList(read('CORS_ORIGINS')),
    vendors: {
      openai: toVendor('OPENAI', read),
      anthropic: toVendor('ANTHROPIC', read),
    },
    proxy: checkedProxy(toProxySettings(env)),
  }
}

const toList = (text = ''): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

const toLogLevel = (text: string | undefined): LogLevel | undefined => {
  if (text === undefined) return undefined
  const level = LOG_LEVELS.find((candidate) => candidate === text.toLowerCase())
  if (!level) throw new ConfigError(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}.`)
  return level
}

const PRINTABLE = /^[\x20-\x7E]*$/

const toVendor = (prefix: string, read: (name: string) => string | undefined): VendorSettings => {
  const apiKey = read(`${prefix}_API_KEY`)
  const baseUrl = read(`${prefix}_BASE_URL`)
  // It would stand in a header, where nothing else can.
  if (apiKey !== undefined && !PRINTABLE.test(apiKey))
    throw new ConfigError(`${prefix}_API_KEY must be one line of printable ASCII characters.`)
  const fault = baseUrl === undefined ? undefined : baseUrlFault(baseUrl)
  if (fault) throw new ConfigError(`${prefix}_BASE_URL ${fault}.`)
  return { apiKey, baseUrl }
}

const checkedProxy = (proxy: ProxySettings): ProxySettings => {
  for (const [name, value] of [
    ['HTTPS_PROXY', proxy.httpsProxy],
    ['HTTP_PROXY', proxy.httpProxy],
  ] as const) {
    const url = value?.includes('://') ? value : `http://${value}`
    if (value && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
      throw new ConfigError(`${name} must be an http:// or https:// URL.`)
  }
  return proxy
}
