/** Callers that another process has admitted, or this one before a restart. */
import { describe, expect, it } from 'vitest'
import { ANONYMOUS, type AccessOptions, type Caller, createAccess, toSentCaller } from '#access'

const sent = (caller: Caller) => JSON.parse(JSON.stringify(toSentCaller(caller))) as Caller

const find = (options: AccessOptions, caller: Caller): Caller | undefined =>
  createAccess(options).findCaller(sent(caller))

const admit = async (options: AccessOptions, user?: string): Promise<Caller> =>
  createAccess(options).authenticate({
    authorization: 'Bearer secret',
    ...(user !== undefined && { 'x-user-id': user }),
  } as never)

const JWT: NonNullable<AccessOptions['jwt']> = {
  algorithms: ['HS256'],
  issuer: 'i',
  audience: ['a'],
  verifiedBy: { secret: 's'.repeat(32) },
}

const SUBJECT: Caller = {
  id: 'f'.repeat(32),
  owner: 'ada',
  claims: { models: ['small*'] },
  models: () => false,
  limits: { requestsPerMinute: 3 },
  expiresAtMs: Date.now() + 60_000,
}

describe('the holder of a key', () => {
  const key = { key: 'secret', name: 'n', models: ['small*'] }

  it('has the rights that the configuration gives it now', async () => {
    const caller = await admit({ keys: [key] })
    const found = find({ keys: [{ ...key, models: ['large*'] }] }, caller)
    expect(found).toMatchObject({ id: caller.id, name: 'n' })
    expect([found?.models?.('large-1'), found?.models?.('small-1')]).toEqual([true, false])
    expect(Object.keys(sent(caller))).toEqual(['id'])
  })

  it('is the same object each time', async () => {
    const access = createAccess({ keys: [key] })
    const caller = await admit({ keys: [key] })
    expect(access.findCaller(sent(caller))).toBe(access.findCaller(sent(caller)))
  })

  it('remains divided by its users', async () => {
    const found = find({ keys: [key] }, await admit({ keys: [key] }, 'bob'))
    expect(found).toMatchObject({ userId: 'bob', userOf: { name: 'n' } })
  })

  it.each([
    ['removed', { keys: ['other'] }],
    ['disabled', { keys: [{ ...key, disabled: true }] }],
    ['over', { keys: [{ ...key, expiresAtMs: Date.now() - 1 }] }],
    ['removed with all others', { keys: [] }],
  ])('may no longer call when its key is %s', async (_, options) => {
    expect(find(options, await admit({ keys: [key] }))).toBeUndefined()
  })
})

describe('the subject of a token', () => {
  it('has the rights that its token claimed', () => {
    const found = find({ keys: [], jwt: JWT }, SUBJECT)
    expect(found).toMatchObject({ owner: 'ada', limits: { requestsPerMinute: 3 } })
    expect([found?.models?.('small-1'), found?.models?.('large')]).toEqual([true, false])
  })

  it('may no longer call when the token has ended, or tokens are not accepted', () => {
    const ended = { ...SUBJECT, expiresAtMs: Date.now() - 1 }
    expect(find({ keys: [], jwt: JWT }, ended)).toBeUndefined()
    expect(find({ keys: ['other'] }, SUBJECT)).toBeUndefined()
  })
})

it('knows whoever needs no key, for as long as none is needed', () => {
  expect(find({ keys: [] }, ANONYMOUS)).toBe(ANONYMOUS)
  expect(find({ keys: ['secret'] }, ANONYMOUS)).toBeUndefined()
})
