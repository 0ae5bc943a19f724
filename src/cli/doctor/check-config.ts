/** What is wrong with a configuration that is valid. Nobody is asked. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { AppOptions, ProviderOptions } from '#app'
import { ENVIRONMENT_VARIABLES } from '#config'
import { type Vendor, type VendorName, VENDORS } from '#providers'
import { type Finding, note, warning } from './finding.ts'

type Env = Readonly<Record<string, string | undefined>>

/** @param now in Unix time. */
export const checkConfig = (options: AppOptions, env: Env, now: number): readonly Finding[] => [
  ...checkCallers(options),
  ...checkPresence(options),
  ...checkKeys(options, now),
  ...options.providers.flatMap(checkProvider),
  ...checkAliases(options),
  ...checkModels(options),
  ...checkVariables(env),
  ...checkFolder(options),
]

const checkCallers = ({ keys, jwt, host, adminKeys }: AppOptions): Finding[] => [
  ...(keys.length === 0 && !jwt
    ? [note('keys', `every program on this machine may call, since Sluice is only at ${host}`)]
    : []),
  ...(adminKeys ? [] : [note('admin_keys', 'there are none, so /admin is closed')]),
]

const checkPresence = ({ providers, langchain = [], demo }: AppOptions): Finding[] =>
  providers.length + langchain.length > 0
    ? []
    : [
        demo
          ? note('providers', 'there are none, so the demo model answers every call')
          : warning('providers', 'there are none, so no call can be answered'),
      ]

const checkKeys = ({ keys }: AppOptions, now: number): Finding[] =>
  keys.flatMap((key, at) => {
    if (typeof key === 'string') return []
    const subject = `keys.${key.name ?? at}`
    if (key.disabled) return [note(subject, 'is disabled')]
    const { expiresAtMs } = key
    return expiresAtMs !== undefined && expiresAtMs <= now
      ? [warning(subject, `expired at ${new Date(expiresAtMs).toISOString()}`)]
      : []
  })

/** How the keys of vendors begin. The longest beginning that fits counts. */
const BEGINNINGS: readonly (readonly [string, VendorName])[] = [
  ['sk-ant-', 'anthropic'],
  ['sk-or-', 'openrouter'],
  ['sk-proj-', 'openai'],
  ['gsk_', 'groq'],
  ['AIza', 'gemini'],
  ['xai-', 'xai'],
  ['pplx-', 'perplexity'],
  ['nvapi-', 'nvidia'],
  ['csk-', 'cerebras'],
  ['fw_', 'fireworks'],
]

/** Vendors that accept the key of another. */
const SAME_KEYS: readonly (readonly [VendorName, VendorName])[] = [['gemini-openai', 'gemini']]

const checkProvider = (provider: ProviderOptions): Finding[] => [
  ...checkProviderKey(provider),
  ...checkBaseUrl(provider),
]

const checkProviderKey = (provider: ProviderOptions): Finding[] => {
  const { name, vendor, apiKey, apiKeys, baseUrl } = provider
  const { title, baseUrl: own }: Vendor = VENDORS[vendor]
  const isOwn = baseUrl === undefined || (own !== undefined && baseUrl.startsWith(own))
  if (!isOwn) return []
  if (apiKeys) return apiKeys.flatMap((key, at) => checkMaker(provider, key, `api_keys[${at}]`))
  if (apiKey !== undefined) return checkMaker(provider, apiKey, 'api_key')
  return own?.startsWith('https:')
    ? [warning(`providers.${name}.api_key`, `is not set, and ${title} needs one`)]
    : []
}

const checkMaker = ({ name, vendor }: ProviderOptions, key: string, field: string): Finding[] => {
  const maker = BEGINNINGS.find(([beginning]) => key.startsWith(beginning))?.[1]
  if (maker === undefined || maker === vendor) return []
  if (SAME_KEYS.some(([one, other]) => one === vendor && other === maker)) return []
  const { title } = VENDORS[vendor]
  return [
    warning(
      `providers.${name}.${field}`,
      `looks like a key of ${VENDORS[maker].title}, and goes to ${title}`,
    ),
  ]
}

/** A vendor's path is added to an address without one, and some vendors' paths are added in any case. */
const checkBaseUrl = ({ name, vendor, baseUrl }: ProviderOptions): Finding[] => {
  const { toBaseUrl, baseUrl: own, basePath }: Vendor = VENDORS[vendor]
  if (baseUrl === undefined || toBaseUrl) return []
  const expected = basePath ?? (own === undefined ? '/' : new URL(own).pathname)
  const { pathname } = new URL(baseUrl)
  if (pathname === '/' || !VERSION.test(expected) || VERSION.test(pathname)) return []
  return [
    warning(
      `providers.${name}.base_url`,
      `ends in ${pathname}, where a version such as /v1 is usual: calls go to ${pathname.replace(/\/$/, '')}/chat/completions`,
    ),
  ]
}

const VERSION = /\/v\d/

const checkAliases = ({ aliases, providers, langchain = [], demo }: AppOptions): Finding[] => {
  const names = new Set([
    ...providers.map(({ name }) => name),
    ...langchain.map(({ name }) => name),
    ...(demo ? ['demo'] : []),
  ])
  const exact = new Set(aliases.map(({ name }) => name))
  return aliases.flatMap(({ name, targets }) => {
    const subject = `aliases.${name}`
    const own = name.startsWith('/') ? undefined : providerOf(name)
    return [
      ...(own !== undefined && names.has(own)
        ? [warning(subject, `is never used: ${name} is a model of the provider '${own}'`)]
        : []),
      ...targets.flatMap((target) => {
        const provider = providerOf(target)
        const isUnknown =
          provider !== undefined &&
          !names.has(provider) &&
          !exact.has(target) &&
          !/[*$]/.test(provider)
        return isUnknown
          ? [warning(subject, `leads to '${target}', and there is no provider '${provider}'`)]
          : []
      }),
    ]
  })
}

const providerOf = (name: string): string | undefined =>
  name.indexOf('/') > 0 ? name.slice(0, name.indexOf('/')) : undefined

const checkModels = ({ modelSettings = [], providers, langchain = [] }: AppOptions): Finding[] => {
  const names = new Set([...providers, ...langchain].map(({ name }) => name))
  return modelSettings.flatMap(({ target }) => {
    const provider = target.slice(0, target.indexOf('/'))
    return names.has(provider) || provider.includes('*') || provider === 'demo'
      ? []
      : [warning(`models.${target}`, `there is no provider '${provider}'`)]
  })
}

const checkVariables = (env: Env): Finding[] => {
  const known = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name))
  return Object.keys(env)
    .filter((name) => name.startsWith('SLUICE_') && !known.has(name))
    .map((name) => warning(name, 'is not a variable that Sluice reads'))
}

const checkFolder = ({ rows }: AppOptions): Finding[] => {
  if (!rows) return []
  const place = nearest(resolve(rows.folder))
  const subject = 'SLUICE_DATA'
  if (!statSync(place).isDirectory())
    return [warning(subject, `${rows.folder} cannot be written: ${place} is no folder`)]
  try {
    accessSync(place, constants.W_OK | constants.X_OK)
    return []
  } catch {
    return [warning(subject, `${rows.folder} cannot be written: ${place} is closed to this user`)]
  }
}

/** The folder, or the one above it in which it would be made. */
const nearest = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder))
