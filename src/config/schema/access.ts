/** Who may call. */
import { createPublicKey } from 'node:crypto'
import * as z from 'zod'
import { isLoopback, TOKEN_ALGORITHMS } from '#access'
import { callerLimits } from './limits/caller-limits.ts'
import { flag, secret, text } from './scalars.ts'

const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/

const keySchema = z.strictObject({
  key: text({ description: 'The key itself.' }),
  name: text({
    description: 'A name for the key, which may be shown where the key may not.',
  }).optional(),
  owner: text({
    description: 'Whose key it is. Several keys may have one owner.',
  }).optional(),
  models: z
    .array(text({ description: 'A pattern. * matches any run of characters.' }))
    .min(1)
    .meta({
      description:
        'The models that it may use: the name of an alias, provider/model, or the model alone. * matches any run of characters. If it is not set, it may use all.',
    })
    .optional(),
  origins: z
    .array(text({ description: 'An origin. * matches any run of characters.' }))
    .min(1)
    .meta({
      description:
        'The origins of web pages that may use it, among those that may call at all. Programs that are not web pages send no origin, and are not affected.',
    })
    .optional(),
  limits: callerLimits('What the holder of the key may use.').optional(),
  expires_at: z
    .string()
    .trim()
    .refine((moment) => MOMENT.test(moment) && !Number.isNaN(Date.parse(moment)), {
      error: 'must be a date (2027-01-31), or a time with its zone (2027-01-31T12:00:00Z)',
    })
    .meta({
      description:
        'When it ends: a date (2027-01-31, which begins at midnight UTC), or a time with its zone (2027-01-31T12:00:00Z).',
    })
    .optional(),
  disabled: flag({
    description: 'Whether it is refused, without being removed from the file.',
    default: false,
  }).optional(),
})

type KeySetting = string | z.infer<typeof keySchema>

const textOf = (key: KeySetting): string => (typeof key === 'string' ? key : key.key)

export const keysSchema = z
  .array(z.union([text({ description: 'A key.' }), keySchema]))
  .min(1)
  .superRefine((keys, context) => {
    const seen = new Map<string, KeySetting>()
    for (const [at, key] of keys.entries()) {
      const earlier = seen.get(textOf(key))
      // The same text twice is one key. Only fields can contradict each other.
      if (earlier !== undefined && (typeof key === 'object' || typeof earlier === 'object'))
        context.addIssue({
          code: 'custom',
          path: typeof key === 'object' ? [at, 'key'] : [at],
          message: 'is a key that is in the list before',
        })
      seen.set(textOf(key), key)
    }
  })
  .meta({
    description:
      'The keys that callers may use, each as text or with what it is for. If there are none, and no jwt, Sluice listens only on loopback and admits every caller.',
  })

export const adminKeysSchema = z
  .array(text({ description: 'A key.' }))
  .min(1)
  .meta({
    description:
      'The keys that open /admin and /metrics, and nothing else. A key for callers does not open it.',
  })

const isPublicKey = (pem: string): boolean => {
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----')) return false
  try {
    return Boolean(createPublicKey(pem))
  } catch {
    return false
  }
}

const isKeySetUrl = (url: string): boolean => {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username, password } = new URL(url)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

const KEY_FIELDS = ['secret', 'public_key', 'jwks_url'] as const

export const jwtSchema = z
  .strictObject({
    algorithms: z.array(z.enum(TOKEN_ALGORITHMS)).min(1).meta({
      description:
        'The algorithms of signatures that are accepted: HS256 with secret, RS256 and ES256 with public_key or jwks_url.',
    }),
    issuer: text({ description: 'The issuer, as the claim iss names it.' }),
    audience: z
      .union([
        text({ description: 'The audience, as the claim aud names it.' }),
        z.array(text({ description: 'An audience.' })).min(1),
      ])
      .meta({ description: 'For whom a token must be, or a list of which it must name one.' }),
    secret: secret({
      description: 'The secret that the issuer signs with: at least 32 characters.',
    })
      .refine((value) => value.length >= 32, { error: 'must have at least 32 characters' })
      .optional(),
    public_key: z
      .string()
      .trim()
      .refine(isPublicKey, {
        error: 'must be a public key in PEM, which begins with -----BEGIN PUBLIC KEY-----',
      })
      .meta({ description: 'The public key of the issuer, in PEM.' })
      .optional(),
    jwks_url: z
      .string()
      .trim()
      .refine(isKeySetUrl, {
        error: 'must be an https:// URL without a user name, or an http:// URL of this machine',
      })
      .meta({ description: 'Where the issuer publishes its public keys.' })
      .optional(),
  })
  .superRefine((jwt, context) => {
    const given = KEY_FIELDS.filter((field) => jwt[field] !== undefined)
    const [field] = given
    if (!field || given.length > 1)
      return context.addIssue({
        code: 'custom',
        message: 'must have exactly one of secret, public_key and jwks_url',
      })
    const fitting = toFitting(jwt)
    for (const [at, algorithm] of jwt.algorithms.entries())
      if (!fitting.includes(algorithm))
        context.addIssue({
          code: 'custom',
          path: ['algorithms', at],
          message: `does not go with this ${field}`,
        })
  })
  .meta({
    description:
      'Tokens (JWT) that callers may send in place of a key. The subject of a token is its owner.',
  })

/** A signature must never be verified with a key that is public, or with one of another kind. */
const toFitting = (jwt: {
  readonly secret?: string | undefined
  readonly public_key?: string | undefined
}): readonly string[] => {
  if (jwt.secret !== undefined) return ['HS256']
  if (jwt.public_key === undefined) return ['RS256', 'ES256']
  // The field itself is refused already.
  if (!isPublicKey(jwt.public_key)) return TOKEN_ALGORITHMS
  const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey(jwt.public_key)
  if (asymmetricKeyType === 'rsa')
    return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? ['RS256'] : []
  return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? ['ES256'] : []
}
