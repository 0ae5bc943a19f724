/** When the keys of an issuer are fetched. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createAccess } from '#access'
import { createKeySet } from '../../../src/access/jwt/key-set.ts'
import { createPair, hs256, type Pair } from '../../tools/access/tokens.ts'

let first: Pair
let second: Pair

beforeAll(async () => {
  first = await createPair('ES256', 'first')
  second = await createPair('ES256', 'second')
})

const TOKEN = { payload: '', signature: '' }

const start = (keys: Pair[]) => {
  const issuer = { keys, isUp: true, fetches: 0 }
  let nowMs = 0
  const find = createKeySet({
    url: 'https://issuer.example/keys',
    now: () => nowMs,
    async fetchText() {
      issuer.fetches++
      if (!issuer.isUp) throw new Error('no answer')
      return JSON.stringify({ keys: issuer.keys.map(({ jwk }) => jwk) })
    },
  })
  const ask = async (kid: string, more: object = {}) => find({ alg: 'ES256', kid, ...more }, TOKEN)
  return { issuer, ask, current: () => find.current(), wait: (ms: number) => void (nowMs += ms) }
}

describe('the keys', () => {
  it('are fetched with the first token, and kept for ten minutes', async () => {
    const { issuer, ask, wait } = start([first])
    expect(issuer.fetches).toBe(0)
    await Promise.all([ask('first'), ask('first'), ask('first')])
    expect(issuer.fetches).toBe(1)
    wait(599_000)
    await ask('first')
    expect(issuer.fetches).toBe(1)
    wait(1_000)
    await ask('first')
    expect(issuer.fetches).toBe(2)
  })

  it('include a new one within 40 s', async () => {
    const { issuer, ask, wait } = start([first])
    await ask('first')
    issuer.keys = [first, second]
    wait(30_000)
    expect(await ask('second')).toBeDefined()
    expect(issuer.fetches).toBe(2)
  })

  it('no longer include one that the issuer has withdrawn', async () => {
    const { issuer, ask, wait } = start([first, second])
    await ask('first')
    issuer.keys = [second]
    wait(600_000)
    await expect(ask('first')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })

  it('are another object if they have changed, and the same if they were fetched again alone', async () => {
    const { issuer, current, wait } = start([first, second])
    const before = await current()
    wait(600_000)
    expect(await current()).toBe(before)
    expect(issuer.fetches).toBe(2)
    issuer.keys = [second]
    wait(600_000)
    expect(await current()).not.toBe(before)
  })

  it('are asked for every 30 s at most, however many unknown ones are named', async () => {
    const { issuer, ask, wait } = start([first])
    await ask('first')
    const flood = async () =>
      Promise.allSettled(Array.from({ length: 1000 }, (_, index) => ask(`unknown-${index}`)))
    for (let at = 0; at < 60; at++) {
      await flood()
      wait(1_000)
    }
    expect(issuer.fetches).toBeLessThanOrEqual(3)
    await ask('first')
  })

  it('are not fetched from where a token says', async () => {
    const { issuer, ask } = start([first])
    await ask('first', { jku: 'https://evil.example', x5u: 'https://evil.example' })
    expect(issuer.fetches).toBe(1)
  })
})

describe('an issuer that is down', () => {
  it('is asked every five seconds at most, and tokens wait for it with a 503', async () => {
    const { issuer, ask, wait } = start([first])
    issuer.isUp = false
    for (let time = 0; time < 100; time++)
      await expect(ask('first')).rejects.toMatchObject({ code: 'at_capacity', status: 503 })
    expect(issuer.fetches).toBe(1)
    issuer.isUp = true
    wait(5_000)
    await ask('first')
    expect(issuer.fetches).toBe(2)
  })

  it('is done without for an hour', async () => {
    const { issuer, ask, wait } = start([first])
    await ask('first')
    issuer.isUp = false
    for (let minute = 0; minute < 59; minute++) {
      wait(60_000)
      await ask('first')
    }
    wait(60_000)
    await expect(ask('first')).rejects.toMatchObject({ code: 'at_capacity' })
  })

  it.each(['', 'no JSON', '[]', '{}', '{"keys":5}', '{"keys":[5]}'])(
    'in that it answers %j',
    async (text) => {
      const find = createKeySet({ url: 'https://x.example', fetchText: async () => text })
      await expect(
        (async () => find({ alg: 'ES256', kid: 'first' }, TOKEN))(),
      ).rejects.toMatchObject({ code: 'at_capacity' })
    },
  )
})

it('the address of the keys is the configured one', async () => {
  const urls: string[] = []
  const { authenticate } = createAccess({
    keys: [],
    jwt: {
      ...hs256,
      algorithms: ['ES256'],
      verifiedBy: { jwksUrl: 'https://issuer.example/keys' },
    },
    async fetchText(url) {
      urls.push(url)
      return JSON.stringify({ keys: [first.jwk] })
    },
  })
  const evil = { jku: 'https://evil.example', x5u: 'https://evil.example', jwk: second.jwk }
  const token = await second.sign({}, { ...evil, kid: 'first' })
  await expect((async () => authenticate({ 'x-api-key': token }))()).rejects.toThrow('not valid')
  const caller = await authenticate({ 'x-api-key': await first.sign({}, evil) })
  expect(caller.owner).toBe('ann')
  expect(urls).toEqual(['https://issuer.example/keys'])
})
