/** Keys have limits of their own, owners share theirs, and a token can only claim less than it has. */
import { expect, it } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { type House, startHouse } from '../../tools/app/house.ts'
import { AUDIENCE, ISSUER, SECRET, signWithSecret } from '../../tools/access/tokens.ts'

const ask = async (sluice: House, key: string, more: Record<string, string> = {}) => {
  const headers = { authorization: `Bearer ${key}`, ...more }
  return (await sluice.send(CHAT, { headers, body: chatBody() })).status
}

it('the limits of a key replace those of every caller', async () => {
  const { sluice } = await startHouse({
    keys: ['plain-key', { key: 'large-key', limits: { windowRequests: 3 } }],
    callerLimits: { everyCaller: { windowRequests: 1 } },
  })
  const statuses = []
  for (const key of ['plain-key', 'plain-key', ...Array.from({ length: 4 }, () => 'large-key')])
    statuses.push(await ask(sluice, key))
  expect(statuses).toEqual([200, 429, 200, 200, 200, 429])
})

it('the limits of a key hold where nothing else is limited', async () => {
  const { sluice } = await startHouse({ keys: [{ key: 'a-key', limits: { windowRequests: 1 } }] })
  expect([await ask(sluice, 'a-key'), await ask(sluice, 'a-key')]).toEqual([200, 429])
})

it('the users of a key share its limits', async () => {
  const { sluice } = await startHouse({
    keys: [{ key: 'a-key', limits: { windowRequests: 2 } }],
  })
  const statuses = []
  for (const user of ['u1', 'u2', 'u3'])
    statuses.push(await ask(sluice, 'a-key', { 'x-user-id': user }))
  expect(statuses).toEqual([200, 200, 429])
})

it('the keys of an owner share its limits', async () => {
  const { sluice } = await startHouse({
    keys: [
      { key: 'first-key', owner: 'ann' },
      { key: 'second-key', owner: 'ann' },
      { key: 'third-key', owner: 'bob' },
    ],
    callerLimits: { everyCaller: {}, byOwner: { windowRequests: 2 } },
  })
  const statuses = []
  for (const key of ['first-key', 'second-key', 'first-key', 'second-key', 'third-key'])
    statuses.push(await ask(sluice, key))
  expect(statuses).toEqual([200, 200, 429, 429, 200])
})

it('all tokens of a subject share its limits, and claim no more', async () => {
  const { sluice } = await startHouse({
    jwt: {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: [AUDIENCE],
      verifiedBy: { secret: SECRET },
    },
    callerLimits: { everyCaller: { windowRequests: 2 } },
  })
  const statuses = []
  for (const limits of [{}, { window_requests: 100 }, { window_requests: 100 }])
    statuses.push(await ask(sluice, await signWithSecret({ limits })))
  const other = await signWithSecret({ sub: 'bob', limits: { window_requests: 1 } })
  statuses.push(await ask(sluice, other), await ask(sluice, other))
  expect(statuses).toEqual([200, 200, 429, 200, 429])
})
