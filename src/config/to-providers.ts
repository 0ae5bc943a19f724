/** Brings together what the file and the environment say of providers. */
import type { ProviderOptions } from '#app'
import type { EnvironmentSettings, Vendor } from './environment.ts'
import { isOwnAddress, type OwnAddress, PLACEHOLDER_KEY } from './own-address.ts'
import { withoutUndefined } from './without-undefined.ts'
import type { FileSettings } from './schema/index.ts'

export interface FoundProviders {
  readonly providers: readonly ProviderOptions[]
  /** What was ignored, and why. */
  readonly notices: readonly string[]
}

type Entry = NonNullable<FileSettings['providers']>[string]

interface Candidate {
  readonly options: ProviderOptions
  /** Where key and address were found. */
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
  Object.entries(entries).map(([name, entry]) => {
    const vendor = entry.vendor ?? (name as Vendor)
    // A key and an address belong together: the environment's key is not for an address of the file's.
    const isNamed = entry.api_key !== undefined || entry.base_url !== undefined
    if (!isNamed && name === vendor) return toCandidate(vendor, vendors[vendor], entry)
    return {
      options: {
        name,
        vendor,
        ...withoutUndefined({ apiKey: entry.api_key, baseUrl: entry.base_url }),
        ...toBehaviour(entry),
      },
      source: { apiKey: `providers.${name}.api_key`, baseUrl: `providers.${name}.base_url` },
    }
  })

const fromEnvironment = (
  entries: FileSettings['providers'] = {},
  vendors: EnvironmentSettings['vendors'],
): Candidate[] =>
  (Object.keys(vendors) as Vendor[])
    .filter((vendor) => !(vendor in entries))
    .filter((vendor) => vendors[vendor].apiKey ?? vendors[vendor].baseUrl)
    .map((vendor) => toCandidate(vendor, vendors[vendor]))

const toCandidate = (
  vendor: Vendor,
  settings: EnvironmentSettings['vendors'][Vendor],
  entry: Entry = {},
): Candidate => ({
  options: { name: vendor, vendor, ...withoutUndefined(settings), ...toBehaviour(entry) },
  source: {
    apiKey: `${vendor.toUpperCase()}_API_KEY`,
    baseUrl: `${vendor.toUpperCase()}_BASE_URL`,
  },
})

const toBehaviour = ({ inject_usage: injectUsage, timeouts }: Entry) => ({
  ...withoutUndefined({ injectUsage }),
  ...(timeouts && {
    deadlines: withoutUndefined({
      connectMs: timeouts.connect_ms,
      firstEventMs: timeouts.first_event_ms,
      firstByteMs: timeouts.first_byte_ms,
      idleMs: timeouts.idle_ms,
      wholeMs: timeouts.whole_ms,
    }),
  }),
})

/** People point their clients at Sluice, then start it in the shell that they did it in. */
const withoutOwnAddress = (
  { options, source }: Candidate,
  own: OwnAddress & { readonly keys: readonly string[] },
): { notice?: string; options?: ProviderOptions } => {
  const { baseUrl, apiKey, ...rest } = options
  if (baseUrl === undefined || !isOwnAddress(baseUrl, own)) return { options }
  const fault = `${source.baseUrl} (${baseUrl}) is Sluice's own address and is ignored`
  if (apiKey === undefined) return { notice: `${fault}.` }
  if (apiKey === PLACEHOLDER_KEY || own.keys.includes(apiKey))
    return { notice: `${fault}, and so is ${source.apiKey}, which is a key for Sluice itself.` }
  return {
    notice: `${fault}; ${source.apiKey} is used at the vendor's own address.`,
    options: { ...rest, apiKey },
  }
}
