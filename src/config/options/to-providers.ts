/** Combines the providers of the file and of the environment. */
import type { ProviderOptions } from '#app'
import {
  DEFAULT_HEALTH_CHECK,
  type HealthCheckOptions,
  type Vendor,
  VENDOR_NAMES,
  type VendorName,
  VENDORS,
} from '#providers'
import type { EnvironmentSettings, VendorSettings } from '../environment/environment.ts'
import { isOwnAddress, type OwnAddress, PLACEHOLDER_KEY } from './own-address.ts'
import { toDeadlines } from './to-deadlines.ts'
import { withoutUndefined } from '../without-undefined.ts'
import type { FileSettings } from '../schema/index.ts'

export interface FoundProviders {
  readonly providers: readonly ProviderOptions[]
  /** What was ignored, and why. */
  readonly notices: readonly string[]
}

type Entry = NonNullable<FileSettings['providers']>[string]

interface Candidate {
  readonly options: ProviderOptions
  /** Where the key and the address were found. */
  readonly source: { readonly apiKey: string; readonly baseUrl: string }
}

export const toProviders = (
  entries: FileSettings['providers'],
  vendors: EnvironmentSettings['vendors'],
  own: OwnAddress & { readonly keys: readonly string[] },
): FoundProviders => {
  const notices: string[] = []
  const providers = [...fromFile(entries, vendors), ...fromEnvironment(entries, vendors)].flatMap(
    (candidate) => {
      const { notice, options } = withoutOwnAddress(candidate, own)
      if (notice) notices.push(notice)
      return options ? [options] : []
    },
  )
  return { providers, notices }
}

const fromFile = (
  entries: FileSettings['providers'] = {},
  vendors: EnvironmentSettings['vendors'],
): Candidate[] =>
  Object.entries(entries).flatMap(([name, entry]): Candidate[] => {
    if (entry.langchain) return []
    const vendor = entry.vendor ?? (name as VendorName)
    // A key and an address belong together: the environment's key must not go to an address from the file.
    const isNamed = [entry.api_key, entry.api_keys, entry.base_url].some(
      (each) => each !== undefined,
    )
    if (!isNamed && name === vendor) return [toCandidate(vendor, vendors[vendor], entry)]
    const candidate = {
      options: {
        name,
        vendor,
        ...withoutUndefined({
          apiKey: entry.api_key,
          apiKeys: entry.api_keys,
          baseUrl: entry.base_url,
        }),
        ...toBehaviour(entry),
      },
      source: { apiKey: `providers.${name}.api_key`, baseUrl: `providers.${name}.base_url` },
    }
    return [candidate]
  })

const fromEnvironment = (
  entries: FileSettings['providers'] = {},
  vendors: EnvironmentSettings['vendors'],
): Candidate[] =>
  VENDOR_NAMES.filter(
    (vendor) => !(vendor in entries) && isConfigured(vendor, vendors[vendor]),
  ).map((vendor) => toCandidate(vendor, vendors[vendor]))

const isConfigured = (vendor: VendorName, { apiKey, baseUrl }: VendorSettings): boolean => {
  const { variables }: Vendor = VENDORS[vendor]
  return !variables?.isShared && (apiKey ?? baseUrl) !== undefined
}

const toCandidate = (
  vendor: VendorName,
  { apiKey, baseUrl, names }: VendorSettings,
  entry: Entry = {},
): Candidate => ({
  options: {
    name: vendor,
    vendor,
    ...withoutUndefined({ apiKey, baseUrl }),
    ...toBehaviour(entry),
  },
  source: names,
})

const toBehaviour = ({
  inject_usage: injectUsage,
  cache_marks: cacheMarks,
  protocols,
  timeouts,
  health,
}: Entry) => ({
  ...withoutUndefined({ injectUsage, cacheMarks, protocols }),
  ...(timeouts && { deadlines: toDeadlines(timeouts) }),
  ...(health && { health: toHealthCheck(health) }),
})

const toHealthCheck = ({
  every_ms: everyMs,
  timeout_ms: timeoutMs,
  path,
}: NonNullable<Entry['health']>): HealthCheckOptions => ({
  ...DEFAULT_HEALTH_CHECK,
  ...withoutUndefined({ everyMs, timeoutMs, path }),
})

/** People point their clients at Sluice, and then start it in the same shell. */
const withoutOwnAddress = (
  { options, source }: Candidate,
  own: OwnAddress & { readonly keys: readonly string[] },
): { notice?: string; options?: ProviderOptions } => {
  const { baseUrl, apiKey, ...rest } = options
  const { title, baseUrl: address }: Vendor = VENDORS[options.vendor]
  if (baseUrl === undefined) {
    if (address !== undefined) return { options }
    return { notice: `${source.apiKey} is ignored: ${title} needs ${source.baseUrl}, too.` }
  }
  if (!isOwnAddress(baseUrl, own)) return { options }
  const fault = `${source.baseUrl} (${baseUrl}) is Sluice's own address and is ignored`
  if (apiKey === undefined || address === undefined) return { notice: `${fault}.` }
  if (apiKey === PLACEHOLDER_KEY || own.keys.includes(apiKey))
    return { notice: `${fault}, and so is ${source.apiKey}, which is a key for Sluice itself.` }
  return {
    notice: `${fault}; ${source.apiKey} is used at the vendor's own address.`,
    options: { ...rest, apiKey },
  }
}
