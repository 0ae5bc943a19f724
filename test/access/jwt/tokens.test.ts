/** Which tokens are admitted, and what their claims are worth. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type CallerLimits, createAccess, type TokenOptions } from '#access'
import {
  AUDIENCE,
  type Claims,
  createPair,
  hs256,
  ISSUER,
  type Pair,
  SECRET,
  signRaw,
  signWithSecret,
} from '../../tools/access/tokens.ts'

let rs256: Pair
let es256: Pair
let foreign: Pair

beforeAll(async () => {
  rs256 = await createPair('RS256', 'r')
  es256 = await createPair('ES256', 'e')
  foreign = await createPair('RS256', 'r')
})

const admit = async (
  token: string,
  jwt: TokenOptions = hs256,
  more: { everyCaller?: CallerLimits; userId?: string } = {},
) => {
  const { everyCaller, userId } = more
  const { authenticate } = createAccess({
    keys: ['sk-one'],
    jwt,
    ...(everyCaller && { callerLimits: { everyCaller } }),
  })
  return authenticate({
    authorization: `Bearer ${token}`,
    ...(userId !== undefined && { 'x-user-id': userId }),
  })
}

const withKey = (pair: Pair): TokenOptions => ({
  ...hs256,
  algorithms: [pair.algorithm],
  verifiedBy: { publicKey: pair.publicKey },
})

describe('a token', () => {
  it('is admitted in each algorithm, and its subject is the owner', async () => {
    const callers = await Promise.all([
      signWithSecret().then((token) => admit(token)),
      rs256.sign().then((token) => admit(token, withKey(rs256))),
      es256.sign().then((token) => admit(token, withKey(es256))),
    ])
    for (const caller of callers) expect(caller).toMatchObject({ owner: 'ann' })
    // One caller, whatever its token.
    expect(new Set(callers.map(({ id }) => id)).size).toBe(1)
    expect(callers[0]?.id).toMatch(/^[0-9a-f]{32}$/)
    const other = await admit(await signWithSecret({ sub: 'ben' }))
    expect(other.id).not.toBe(callers[0]?.id)
  })

  it('does not take the place of a key, which is decided on at once', () => {
    const { authenticate, keyRequired, hasManyCallers } = createAccess({
      keys: ['sk-one'],
      jwt: hs256,
    })
    expect(authenticate({ 'x-api-key': 'sk-one' })).not.toBeInstanceOf(Promise)
    expect(() => authenticate({ 'x-api-key': 'sk-wrong' })).toThrow('not one that this gateway')
    expect(() => authenticate({})).toThrow('No API key was sent')
    expect({ keyRequired, hasManyCallers }).toEqual({ keyRequired: true, hasManyCallers: true })
    expect(createAccess({ keys: [], jwt: hs256 }).keyRequired).toBe(true)
  })

  it.each<[string, Claims]>([
    ['of another issuer', { iss: 'https://other.example' }],
    ['without an issuer', { iss: null }],
    ['for another audience', { aud: 'other' }],
    ['for no audience', { aud: null }],
    ['without an end', { exp: null }],
    ['that has expired', { exp: -61 }],
    ['that is not valid yet', { nbf: 90 }],
    ['without a subject', { sub: null }],
    ['with an empty subject', { sub: '' }],
    ['with a blank subject', { sub: '  ' }],
    ['whose subject is a number', { sub: 5 }],
    ['whose subject is too long', { sub: 'x'.repeat(257) }],
    ['whose models are no list', { models: 'gpt-4o' }],
    ['whose models are numbers', { models: [1] }],
    ['whose limits are no object', { limits: 5 }],
    ['whose limits are unknown', { limits: { request_per_minute: 1 } }],
    ['whose limits are negative', { limits: { requests_per_minute: -1 } }],
    ['whose limits are text', { limits: { requests_per_minute: '5' } }],
    ['whose limits for models are text', { limits: { models: { 'gpt-*': 5 } } }],
    ['whose end is text', { exp: 3600, iat: 'now' }],
  ])('%s is a 401', async (_, claims) => {
    await expect(admit(await signWithSecret(claims))).rejects.toMatchObject({
      code: 'unauthenticated',
      status: 401,
    })
  })

  it.each<[string, Claims]>([
    ['expired', { exp: -30 }],
    ['not valid yet', { nbf: 30 }],
  ])('that is %s by less than a minute is admitted, since clocks differ', async (_, claims) => {
    const { expiresAtMs = 0 } = await admit(await signWithSecret(claims))
    expect(expiresAtMs).toBeGreaterThan(Date.now())
  })

  it('names one of several audiences', async () => {
    const token = await signWithSecret({ aud: ['other', 'second'] })
    await expect(admit(token)).rejects.toThrow("'aud'")
    expect(await admit(token, { ...hs256, audience: [AUDIENCE, 'second'] })).toBeDefined()
  })

  it('ends when it says so', async () => {
    const { expiresAtMs = 0 } = await admit(await signWithSecret({ exp: 100 }))
    expect(expiresAtMs - Date.now()).toBeGreaterThan(90_000)
    expect(expiresAtMs - Date.now()).toBeLessThanOrEqual(100_000)
  })
})

describe('a signature', () => {
  const payload = () => ({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'ann',
    exp: Math.floor(Date.now() / 1000) + 100,
  })

  it.each<[string, () => Promise<string> | string, () => TokenOptions]>([
    ['of another secret', () => signWithSecret({}, { secret: 'x'.repeat(40) }), () => hs256],
    ['of another pair', () => foreign.sign(), () => withKey(rs256)],
    [
      'with the public key as a secret',
      () => signRaw(payload(), { alg: 'HS256' }, rs256.publicKey),
      () => withKey(rs256),
    ],
    [
      'with the public key as a secret, if both algorithms are listed',
      () => signRaw(payload(), { alg: 'HS256' }, rs256.publicKey),
      () => ({ ...withKey(rs256), algorithms: ['RS256', 'HS256'] }),
    ],
    ['in an algorithm that is not listed', () => rs256.sign(), () => withKey(es256)],
    ['of none', () => signRaw(payload(), { alg: 'none' }, '').replace(/[^.]*$/, ''), () => hs256],
    ['named none', () => signRaw(payload(), { alg: 'none' }, SECRET), () => hs256],
    ['in another case', () => signRaw(payload(), { alg: 'hs256' }, SECRET), () => hs256],
    [
      'with an extension that is critical',
      () => signRaw(payload(), { alg: 'HS256', crit: ['x'], x: 1 }, SECRET),
      () => hs256,
    ],
    ['of changed claims', async () => change(await signWithSecret()), () => hs256],
  ])('%s is a 401 that says nothing else', async (_, sign, options) => {
    const token = await sign()
    const refused = admit(token, options())
    await expect(refused).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(refused).rejects.toThrow(/^The (token is not valid here|API key is not one)/)
  })

  const change = (token: string): string => {
    const [header, , signature] = token.split('.')
    const claims = Buffer.from(JSON.stringify({ ...payload(), sub: 'ben' })).toString('base64url')
    return [header, claims, signature].join('.')
  }
})

describe('the claim models', () => {
  it.each([
    [['gpt-*'], ['openai/gpt-4o'], ['anthropic/claude-x']],
    [['openai/*'], ['openai/gpt-4o'], ['other/openai/gpt-4o']],
    [[], [], ['openai/gpt-4o', 'fast']],
  ])('%j narrows what the caller may use', async (models, allowed, refused) => {
    const caller = await admit(await signWithSecret({ models }))
    for (const name of allowed) expect(caller.models?.(name)).toBe(true)
    for (const name of refused) expect(caller.models?.(name)).toBe(false)
  })
})

describe('the claim limits', () => {
  it.each<[string, CallerLimits | undefined, object, CallerLimits]>([
    ['counts where there is no other', undefined, { tokens_per_minute: 5 }, { tokensPerMinute: 5 }],
    [
      'narrows',
      { tokensPerMinute: 10, concurrentStreams: 2 },
      { tokens_per_minute: 5 },
      { tokensPerMinute: 5, concurrentStreams: 2 },
    ],
    ['does not widen', { tokensPerMinute: 10 }, { tokens_per_minute: 50 }, { tokensPerMinute: 10 }],
    [
      'does not make a window shorter',
      { windowMs: 60_000, windowRequests: 10 },
      { window_ms: 1000, window_requests: 10 },
      { windowMs: 60_000, windowRequests: 10 },
    ],
    [
      'does not make a window of the default length shorter',
      { windowRequests: 10 },
      { window_ms: 1000 },
      { windowMs: 900_000, windowRequests: 10 },
    ],
    [
      'does not make a burst larger',
      { requestsPerMinute: 10 },
      { burst: 100 },
      { requestsPerMinute: 10, burst: 10 },
    ],
    [
      'keeps the limits of models, and adds its own',
      { models: { 'gpt-*': { requestsPerMinute: 10 } } },
      { models: { 'gpt-*': { requests_per_minute: 50 }, 'o*': { tokens_per_minute: 1 } } },
      {
        models: { 'gpt-*': { requestsPerMinute: 10, burst: 10 }, 'o*': { tokensPerMinute: 1 } },
      },
    ],
  ])('%s', async (_, everyCaller, limits, expected) => {
    const caller = await admit(await signWithSecret({ limits }), hs256, {
      ...(everyCaller && { everyCaller }),
    })
    expect(caller.limits).toEqual(expected)
  })

  it('that is absent leaves the caller what everybody has', async () => {
    const caller = await admit(await signWithSecret(), hs256, {
      everyCaller: { requestsPerMinute: 1 },
    })
    expect(caller.limits).toBeUndefined()
    expect((await admit(await signWithSecret())).limits).toBeUndefined()
  })
})

describe('X-User-ID beside a token', () => {
  it('may name the subject, and nobody else', async () => {
    const token = await signWithSecret()
    const named = await admit(token, hs256, { userId: 'ann' })
    expect(named).toEqual(await admit(token))
    await expect(admit(token, hs256, { userId: 'ben' })).rejects.toMatchObject({ status: 403 })
    await expect(admit(token, hs256, { userId: 'a b' })).rejects.toMatchObject({ status: 400 })
  })
})

it('a claim narrows what callers without limits of their own have', async () => {
  const { authenticate } = createAccess({
    keys: [],
    jwt: hs256,
    callerLimits: { everyCaller: {}, unlessOwn: { windowMs: 1000, windowRequests: 5 } },
  })
  const token = await signWithSecret({ limits: { window_requests: 50, tokens_per_minute: 9 } })
  const { limits } = await authenticate({ 'x-api-key': token })
  expect(limits).toEqual({ windowMs: 1000, windowRequests: 5, tokensPerMinute: 9 })
})
