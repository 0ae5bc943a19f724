/** Who calls: keys with and without limits, keys that are refused, and tokens. */
import { createHmac } from 'node:crypto'

export const KEYS = {
  /** The only one that leaves anything stored. */
  archive: 'sk-soak-archive',
  ann: 'sk-soak-ann',
  ben: 'sk-soak-ben',
  /** It is often over its limits. */
  tight: 'sk-soak-tight',
  /** It may use the demo alone. */
  narrow: 'sk-soak-narrow',
  disabled: 'sk-soak-disabled',
  expired: 'sk-soak-expired',
} as const

export const ADMIN_KEY = 'sk-soak-admin'

const SECRET = 'a-secret-of-the-soak-of-more-than-32-characters'
const ISSUER = 'https://issuer.example'
const AUDIENCE = 'sluice'
const MOST = 1_000_000_000
/** More streams than there are at any time. */
export const STREAMS = 200

export const ACCESS = {
  keys: [
    { key: KEYS.archive, name: 'archive', limits: { concurrent_streams: STREAMS } },
    {
      key: KEYS.ann,
      name: 'ann',
      owner: 'team',
      limits: {
        requests_per_minute: MOST,
        tokens_per_minute: MOST,
        concurrent_streams: STREAMS,
        models: { 'gpt-*': { concurrent_streams: STREAMS } },
      },
    },
    {
      key: KEYS.ben,
      name: 'ben',
      owner: 'team',
      limits: { window_requests: MOST, window_ms: 20_000, streaming_per_minute: MOST },
    },
    {
      key: KEYS.tight,
      name: 'tight',
      limits: { requests_per_minute: 300, burst: 10, concurrent_streams: 2 },
    },
    { key: KEYS.narrow, name: 'narrow', models: ['demo/*'] },
    { key: KEYS.disabled, name: 'disabled', disabled: true },
    { key: KEYS.expired, name: 'expired', expires_at: '2020-01-01' },
  ],
  admin_keys: [ADMIN_KEY],
  jwt: { algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE, secret: SECRET },
}

export const ADDRESS_LIMITS = { requests_per_minute: MOST, concurrent_streams: STREAMS }
export const OWNER_LIMITS = { tokens_per_minute: MOST, concurrent_streams: STREAMS }

const toPart = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** No two tokens are the same. */
export const signToken = (subject: string, serial: number, secret = SECRET): string => {
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: subject,
    exp: Math.floor(Date.now() / 1000) + 3600,
    jti: String(serial),
  }
  const text = `${toPart({ alg: 'HS256' })}.${toPart(claims)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
