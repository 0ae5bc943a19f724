/** Who may call, in the file: what is taken, and what is refused with its field. */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/environment/environment.ts'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { toAppOptions } from '../../../src/config/options/to-app-options.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'

const parse = (text: string) => parseConfigFile(text, 'sluice.yaml', {})

const optionsOf = (text: string, env: Record<string, string> = {}, flags: object = {}) =>
  toAppOptions({ flags, file: parse(text), environment: readEnvironment(env) }).options

const faultsIn = (text: string) => faultsOf(() => parse(text))

describe('keys', () => {
  it('are texts, or objects with what they are for', () => {
    const { keys } = optionsOf(`
keys:
  - sk-plain
  - key: sk-full
    name: laptop
    owner: ann
    models: ['gpt-*', openai/o3]
    origins: ['https://a.example']
    limits: { requests_per_minute: 5, burst: 2, models: { 'gpt-*': { tokens_per_minute: 9 } } }
    expires_at: 2100-01-02
    disabled: true
  - { key: sk-until, expires_at: '2100-01-02T03:04:05+01:00', disabled: 'false' }
`)
    expect(keys).toEqual([
      'sk-plain',
      {
        key: 'sk-full',
        name: 'laptop',
        owner: 'ann',
        models: ['gpt-*', 'openai/o3'],
        origins: ['https://a.example'],
        limits: { requestsPerMinute: 5, burst: 2, models: { 'gpt-*': { tokensPerMinute: 9 } } },
        expiresAtMs: Date.UTC(2100, 0, 2),
        disabled: true,
      },
      { key: 'sk-until', expiresAtMs: Date.UTC(2100, 0, 2, 2, 4, 5), disabled: false },
    ])
  })

  it.each([
    ['no key', '{ name: a }', 'keys.0.key: must be text'],
    ['an empty key', "{ key: '' }", 'keys.0.key: must not be empty'],
    ['a field that does not exist', '{ key: a, role: admin }', 'keys.0.role: is not a field'],
    ['a name that is no text', '{ key: a, name: 5 }', 'keys.0.name: must be text'],
    ['an empty owner', "{ key: a, owner: '' }", 'keys.0.owner: must not be empty'],
    ['models that are no list', '{ key: a, models: gpt }', 'keys.0.models: must be a list'],
    ['no models', '{ key: a, models: [] }', 'keys.0.models: must not be empty'],
    ['a model that is no text', '{ key: a, models: [5] }', 'keys.0.models.0: must be text'],
    ['origins that are no list', '{ key: a, origins: x }', 'keys.0.origins: must be a list'],
    ['no origins', '{ key: a, origins: [] }', 'keys.0.origins: must not be empty'],
    ['a date that is none', '{ key: a, expires_at: soon }', 'keys.0.expires_at: must be a date'],
    [
      'a day that does not exist',
      '{ key: a, expires_at: 2100-13-01 }',
      'keys.0.expires_at: must be a date',
    ],
    [
      'a time without a zone',
      "{ key: a, expires_at: '2100-01-02T03:04:05' }",
      'keys.0.expires_at: must be a date',
    ],
    ['a number for a date', '{ key: a, expires_at: 5 }', 'keys.0.expires_at: must be text'],
    ['a switch that is none', '{ key: a, disabled: no way }', 'keys.0.disabled: must be true'],
    [
      'limits that do not exist',
      '{ key: a, limits: { rpm: 5 } }',
      'keys.0.limits.rpm: is not a field',
    ],
    [
      'limits below 1',
      '{ key: a, limits: { burst: 0, requests_per_minute: 1 } }',
      'keys.0.limits.burst: must be at least 1',
    ],
    ['a list', '[a]', 'keys.0: must be text'],
  ])('with %s are refused', (_, key, fault) => {
    const faults = faultsIn(`keys: [${key}]`)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(`sluice.yaml:1: ${fault}`)
  })

  it('that contradict each other are refused, and those that do not are one', () => {
    expect(faultsIn('keys:\n  - a\n  - { key: a, disabled: true }')).toEqual([
      'sluice.yaml:3: keys.1.key: is a key that is in the list before',
    ])
    expect(faultsIn('keys:\n  - { key: a }\n  - a')).toEqual([
      'sluice.yaml:3: keys.1: is a key that is in the list before',
    ])
    expect(optionsOf('keys: [a, a]').keys).toEqual(['a', 'a'])
  })
})

describe('admin keys', () => {
  it('come from the file, or else from the environment', () => {
    const env = { SLUICE_ADMIN_KEY: ' sk-admin, and more ' }
    expect(optionsOf('', env).adminKeys).toEqual(['sk-admin, and more'])
    expect(optionsOf('admin_keys: [one, two]', env).adminKeys).toEqual(['one', 'two'])
    expect(optionsOf('', { SLUICE_ADMIN_KEY: '' }).adminKeys).toBeUndefined()
  })

  it.each([
    ['keys: [a]\nadmin_keys: [a]', {}],
    ['keys: [{ key: a }]', { SLUICE_ADMIN_KEY: 'a' }],
    ['', { SLUICE_ADMIN_KEY: 'a', SLUICE_API_KEYS: 'b,a' }],
  ])('are apart from the keys of callers', (text, env) => {
    expect(faultsOf(() => optionsOf(text, env))).toEqual([
      expect.stringContaining('is also an admin key'),
    ])
  })

  it.each([
    ['admin_keys: []', 'admin_keys: must not be empty'],
    ['admin_keys: a', 'admin_keys: must be a list'],
    ['admin_keys: [5]', 'admin_keys.0: must be text'],
    ["admin_keys: ['']", 'admin_keys.0: must not be empty'],
  ])('%s is refused', (text, fault) => {
    expect(faultsIn(text)).toEqual([`sluice.yaml:1: ${fault}`])
  })

  it('do not open an address beyond this machine', () => {
    const open = () => optionsOf('admin_keys: [a]', {}, { host: '0.0.0.0' })
    expect(faultsOf(open)).toEqual([expect.stringContaining('callers need a key')])
  })
})

const SECRET = 'x'.repeat(32)
const REST = 'issuer: https://i.example, audience: a'

const toPem = (type: 'rsa' | 'ec', options: object): string =>
  String(
    generateKeyPairSync(type as 'rsa', options as { modulusLength: number }).publicKey.export({
      type: 'spki',
      format: 'pem',
    }),
  )

const RSA = toPem('rsa', { modulusLength: 2048 })
const SHORT_RSA = toPem('rsa', { modulusLength: 1024 })
const P256 = toPem('ec', { namedCurve: 'prime256v1' })
const P384 = toPem('ec', { namedCurve: 'secp384r1' })
const PRIVATE = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }),
)

describe('jwt', () => {
  it.each([
    [`{ algorithms: [HS256], ${REST}, secret: ${SECRET} }`, { secret: SECRET }],
    [
      `{ algorithms: [RS256], ${REST}, public_key: ${JSON.stringify(RSA)} }`,
      { publicKey: RSA.trim() },
    ],
    [
      `{ algorithms: [ES256], ${REST}, public_key: ${JSON.stringify(P256)} }`,
      { publicKey: P256.trim() },
    ],
    [
      `{ algorithms: [RS256, ES256], ${REST}, jwks_url: 'https://i.example/keys?v=1' }`,
      { jwksUrl: 'https://i.example/keys?v=1' },
    ],
    [
      `{ algorithms: [RS256], ${REST}, jwks_url: 'http://localhost:1/keys' }`,
      { jwksUrl: 'http://localhost:1/keys' },
    ],
  ])('%s is taken', (jwt, verifiedBy) => {
    expect(optionsOf(`jwt: ${jwt}`).jwt).toMatchObject({
      issuer: 'https://i.example',
      audience: ['a'],
      verifiedBy,
    })
  })

  it('admits beyond this machine as keys do', () => {
    const text = `jwt: { algorithms: [HS256], ${REST}, secret: ${SECRET} }`
    expect(optionsOf(text, {}, { host: '0.0.0.0' })).toMatchObject({ host: '0.0.0.0', keys: [] })
  })

  it.each<readonly [string, string, string]>([
    ['no algorithms', `${REST}, secret: ${SECRET}`, 'jwt.algorithms: must be a list'],
    [
      'an empty list of algorithms',
      `algorithms: [], ${REST}, secret: ${SECRET}`,
      'jwt.algorithms: must not be empty',
    ],
    [
      'the algorithm none',
      `algorithms: [none], ${REST}, secret: ${SECRET}`,
      'jwt.algorithms.0: must be one of HS256, RS256, ES256',
    ],
    [
      'no issuer',
      `algorithms: [HS256], audience: a, secret: ${SECRET}`,
      'jwt.issuer: must be text',
    ],
    [
      'an empty issuer',
      `algorithms: [HS256], issuer: '', audience: a, secret: ${SECRET}`,
      'jwt.issuer: must not be empty',
    ],
    [
      'no audience',
      `algorithms: [HS256], issuer: i, secret: ${SECRET}`,
      'jwt.audience: must be text',
    ],
    [
      'no audiences',
      `algorithms: [HS256], issuer: i, audience: [], secret: ${SECRET}`,
      'jwt.audience: must not be empty',
    ],
    [
      'a short secret',
      `algorithms: [HS256], ${REST}, secret: ${SECRET.slice(1)}`,
      'jwt.secret: must have at least 32 characters',
    ],
    ['no key', `algorithms: [HS256], ${REST}`, 'jwt: must have exactly one of'],
    [
      'two keys',
      `algorithms: [HS256], ${REST}, secret: ${SECRET}, jwks_url: https://i.example`,
      'jwt: must have exactly one of',
    ],
    [
      'a public algorithm for a secret',
      `algorithms: [HS256, RS256], ${REST}, secret: ${SECRET}`,
      'jwt.algorithms.1: does not go with this secret',
    ],
    [
      'a secret algorithm for public keys',
      `algorithms: [HS256], ${REST}, jwks_url: https://i.example`,
      'jwt.algorithms.0: does not go with this jwks_url',
    ],
    [
      'a secret algorithm for a public key',
      `algorithms: [HS256], ${REST}, public_key: ${JSON.stringify(RSA)}`,
      'jwt.algorithms.0: does not go with this public_key',
    ],
    [
      'a public key of another kind',
      `algorithms: [ES256], ${REST}, public_key: ${JSON.stringify(RSA)}`,
      'jwt.algorithms.0: does not go with this public_key',
    ],
    [
      'a curve of another kind',
      `algorithms: [ES256], ${REST}, public_key: ${JSON.stringify(P384)}`,
      'jwt.algorithms.0: does not go with this public_key',
    ],
    [
      'a public key that is too short',
      `algorithms: [RS256], ${REST}, public_key: ${JSON.stringify(SHORT_RSA)}`,
      'jwt.algorithms.0: does not go with this public_key',
    ],
    [
      'a private key',
      `algorithms: [RS256], ${REST}, public_key: ${JSON.stringify(PRIVATE)}`,
      'jwt.public_key: must be a public key in PEM',
    ],
    [
      'a public key that is none',
      `algorithms: [RS256], ${REST}, public_key: '-----BEGIN PUBLIC KEY-----'`,
      'jwt.public_key: must be a public key in PEM',
    ],
    ...[
      'http://i.example/keys',
      'ftp://i.example',
      'keys',
      'https://u:p@i.example',
      'file:///etc',
    ].map(
      (url) =>
        [
          `the address ${url}`,
          `algorithms: [RS256], ${REST}, jwks_url: '${url}'`,
          'jwt.jwks_url: must be an https:// URL',
        ] as const,
    ),
    [
      'a field that does not exist',
      `algorithms: [HS256], ${REST}, secret: ${SECRET}, jku: https://x.example`,
      'jwt.jku: is not a field',
    ],
  ])('with %s is refused, and no value is quoted', (_, jwt, fault) => {
    const faults = faultsIn(`jwt: { ${jwt} }`)
    expect(faults[0]).toContain(`sluice.yaml:1: ${fault}`)
    expect(faults.join()).not.toMatch(/xxxx|BEGIN P\w+ KEY-----\\n|u:p/)
  })
})
