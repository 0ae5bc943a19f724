/** Who may call, from the file and the environment. */
import { type Key, textOf, type TokenKey, type TokenOptions } from '#access'
import { ConfigError } from '../config-error.ts'
import type { EnvironmentSettings } from '../environment/environment.ts'
import type { FileSettings } from '../schema/index.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { toCallerLimits } from './to-limits.ts'

export interface AccessSettings {
  readonly keys: readonly Key[]
  readonly adminKeys?: readonly string[]
  readonly jwt?: TokenOptions
}

/** @throws ConfigError */
export const toAccess = (file: FileSettings, environment: EnvironmentSettings): AccessSettings => {
  const keys = file.keys?.map(toKey) ?? environment.keys
  const adminKeys = file.admin_keys ?? environment.adminKeys
  const callers = new Set(keys.map(textOf))
  if (adminKeys.some((key) => callers.has(key)))
    throw new ConfigError(
      'A key for callers is also an admin key: SLUICE_ADMIN_KEY and admin_keys must hold others.',
    )
  return {
    keys,
    ...(adminKeys.length > 0 && { adminKeys }),
    ...(file.jwt && { jwt: toTokenOptions(file.jwt) }),
  }
}

type FileKey = NonNullable<FileSettings['keys']>[number]

const toKey = (key: FileKey): Key => {
  if (typeof key === 'string') return key
  const { limits, expires_at: expiresAt, ...rest } = key
  return {
    ...rest,
    ...withoutUndefined({
      limits: limits && toCallerLimits(limits),
      expiresAtMs: expiresAt === undefined ? undefined : Date.parse(expiresAt),
    }),
  }
}

const toTokenOptions = (jwt: NonNullable<FileSettings['jwt']>): TokenOptions => ({
  algorithms: jwt.algorithms,
  issuer: jwt.issuer,
  audience: typeof jwt.audience === 'string' ? [jwt.audience] : jwt.audience,
  verifiedBy: toTokenKey(jwt),
})

/** The schema has found that exactly one is set. */
const toTokenKey = ({
  secret,
  public_key: publicKey,
  jwks_url: jwksUrl = '',
}: NonNullable<FileSettings['jwt']>): TokenKey => {
  if (secret !== undefined) return { secret }
  return publicKey === undefined ? { jwksUrl } : { publicKey }
}
