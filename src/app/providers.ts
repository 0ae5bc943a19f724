/** The providers that are configured. */
import { isDeepStrictEqual } from 'node:util'
import {
  createVendorProvider,
  demo,
  type DemoProviderOptions,
  langchain,
  type LangchainOptions,
  type Provider,
} from '#providers'
import type { Log } from '#telemetry'
import type { Transport } from '#transport'
import type { AppOptions, ProviderOptions } from './options.ts'

type Setting =
  | { readonly kind: 'vendor'; readonly options: ProviderOptions }
  | { readonly kind: 'langchain'; readonly options: LangchainOptions }
  | { readonly kind: 'demo'; readonly options: DemoProviderOptions }

/** A provider, with the settings that it was made of. */
export interface ConfiguredProvider {
  readonly setting: Setting
  readonly provider: Provider
}

/**
 * @param earlier those of the configuration before. One whose settings are the same goes on: it keeps what is known of
 * its targets, its keys and its models.
 */
export const createProviders = (
  options: AppOptions,
  earlier: readonly ConfiguredProvider[],
  { transport, log, shareRests }: Means,
): readonly ConfiguredProvider[] =>
  settingsOf(options).map((setting) => {
    const found = earlier.find((each) => isDeepStrictEqual(each.setting, setting))
    if (found) return found
    const provider = createProvider(setting, transport)
    logRests(provider, log)
    shareRests(provider)
    return { setting, provider }
  })

interface Means {
  readonly transport: Transport
  readonly log: Log
  /** Tells other processes when a key of the provider rests. */
  readonly shareRests: (provider: Provider) => void
}

const settingsOf = ({ providers, langchain: classes = [], demo: pace }: AppOptions): Setting[] => [
  ...providers.map((each) => ({ kind: 'vendor', options: each }) as const),
  ...classes.map((each) => ({ kind: 'langchain', options: each }) as const),
  ...(pace ? [{ kind: 'demo', options: pace } as const] : []),
]

const createProvider = (setting: Setting, transport: Transport): Provider => {
  if (setting.kind === 'langchain') return langchain(setting.options)
  if (setting.kind === 'demo') return demo(setting.options)
  const { vendor, ...rest } = setting.options
  return createVendorProvider(vendor, { ...rest, transport })
}

const logRests = (provider: Provider, log: Log): void => {
  if (provider.kind !== 'http') return
  const { name, keys } = provider
  keys?.onRest(({ position, reason, restMs }) =>
    log.warn({ provider: name, key: position, restMs }, `a key is ${reason}, and rests`),
  )
}
