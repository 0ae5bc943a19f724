/** Creates a provider from the description of its vendor. */
import type { ProtocolName } from '#model'
import {
  anthropicMessages,
  type EmbeddingProtocol,
  gemini,
  geminiBatchEmbedContents,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
  type Protocol,
} from '#protocols'
import { createHttpProvider } from './http/http-provider.ts'
import { createKeyPool } from './http/key-pool.ts'
import type { HttpProvider } from './provider.ts'
import type { Quirk, Vendor, VendorOptions, VendorTraits } from './vendor.ts'
import { type VendorName, VENDORS } from './vendors/index.ts'

const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
  gemini,
  'openai-completions': openaiCompletions,
}

const EMBEDDINGS: Readonly<Record<EmbeddingProtocol['name'], EmbeddingProtocol>> = {
  'openai-embeddings': openaiEmbeddings,
  'gemini-embeddings': geminiBatchEmbedContents,
}

/** The protocols that a provider can be configured to speak. */
export const PROTOCOL_NAMES = Object.values(PROTOCOLS).map(({ name }) => name)

export const createVendorProvider = (
  vendorName: VendorName,
  options: VendorOptions,
): HttpProvider => {
  const vendor: Vendor = VENDORS[vendorName]
  const { apiKey, apiKeys, protocols, ...rest } = options
  const baseUrl = options.baseUrl ?? vendor.baseUrl
  if (baseUrl === undefined) throw new TypeError(`${vendor.title} has no address of its own`)
  const isOwnAddress =
    vendor.baseUrl !== undefined && new URL(baseUrl).origin === new URL(vendor.baseUrl).origin
  const elsewhere = isOwnAddress && !protocols ? (vendor.elsewhere ?? []) : []
  const { toBaseUrl, ownedModels, modelsQuery, toModelInfo, listsLimits, listsAbilities } = vendor
  const { embeddings, realtime } = vendor
  return createHttpProvider({
    name: vendorName,
    ...(ownedModels && { ownedModels }),
    ...(modelsQuery === undefined ? {} : { modelsQuery }),
    ...(toModelInfo && { toModelInfo }),
    ...(listsLimits === undefined ? {} : { listsLimits }),
    ...(listsAbilities === undefined ? {} : { listsAbilities }),
    ...(embeddings && { embeddings: EMBEDDINGS[embeddings] }),
    ...(realtime === undefined ? {} : { realtime }),
    ...rest,
    protocols: [
      ...(protocols ?? vendor.protocols),
      ...elsewhere.map(({ protocol }) => protocol),
    ].map((name) => PROTOCOLS[name]),
    paths: elsewhere.map(({ protocol, path }) => [PROTOCOLS[protocol].toPath('', false), path]),
    baseUrl: toBaseUrl ? toBaseUrl(baseUrl) : withPath(baseUrl, vendor),
    headers: apiKey ? toKeyHeader(vendor, apiKey) : [],
    ...(apiKeys && {
      keys: createKeyPool({
        keys: apiKeys.map((secret) => ({ secret, headers: toKeyHeader(vendor, secret) })),
      }),
    }),
    traits: createTraits(vendor, isOwnAddress),
  })
}

const toKeyHeader = ({ keyHeader }: Vendor, apiKey: string): readonly string[] =>
  keyHeader === undefined ? ['authorization', `Bearer ${apiKey}`] : [keyHeader, apiKey]

/** Adds the vendor's path to a URL without one; a given path is kept. */
const withPath = (url: string, { baseUrl, basePath }: Vendor): string => {
  const path = basePath ?? (baseUrl === undefined ? '/' : new URL(baseUrl).pathname)
  return new URL(url).pathname === '/' ? new URL(path, url).href : url
}

const createTraits = (vendor: Vendor, isOwnAddress: boolean): ((model: string) => VendorTraits) => {
  const quirks = vendor.quirks.filter(
    ({ traits, atOwnAddress }) => traits && (isOwnAddress || !atOwnAddress),
  )
  const always = quirks.filter(({ models }) => !models).reduce(addTraits, {})
  const sometimes = quirks.filter(({ models }) => models)
  return (model) =>
    sometimes
      .filter(({ models }) => models?.test(model))
      .reduce(addTraits, merge(vendor.traits?.(model) ?? {}, always))
}

const addTraits = (known: VendorTraits, { traits = {} }: Quirk): VendorTraits =>
  merge(known, traits)

const LISTS = [
  'lacks',
  'refusedProtocols',
  'refusedWithTools',
  'refusedFields',
  'refusedSchemaKeywords',
] as const

/** Merges traits: lists of refusals are combined, and otherwise the later value counts. */
const merge = (known: VendorTraits, more: VendorTraits): VendorTraits => {
  const merged = { ...known, ...more }
  // Every call runs this, but hardly any has two lists to combine.
  for (const list of LISTS)
    if (known[list] && more[list])
      Object.assign(merged, { [list]: [...known[list], ...more[list]] })
  return merged
}
