/** What a refusal tells: the holder of a key, why it is refused; everybody else, nothing. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, MESSAGES, messagesBody, RESPONSES } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { refusedClient } from '../../tools/server/websocket/open-client.ts'

const DISABLED = 'sk-disabled-0000000001'
const EXPIRED = 'sk-expired-00000000002'
const VALID = 'sk-valid-0000000000003'
const ADMIN = 'sk-admin-0000000000004'

const start = () =>
  startHouse({
    keys: [
      { key: DISABLED, name: 'old', owner: 'ann', disabled: true },
      { key: EXPIRED, name: 'ended', owner: 'ann', expiresAtMs: Date.now() - 1 },
      { key: VALID, name: 'new', owner: 'ann' },
    ],
    adminKeys: [ADMIN],
  })

const ASKS: readonly (readonly [string, object | undefined])[] = [
  [CHAT, chatBody()],
  [MESSAGES, messagesBody()],
  [`${RESPONSES}/resp_1`, undefined],
  ['/v1/models', undefined],
  ['/v1/models/gpt-4o', undefined],
  ['/v1/usage', undefined],
  ['/admin', undefined],
  ['/admin/usage', undefined],
  ['/nowhere', undefined],
]

/** All that a client is told, without what differs from call to call. */
const toldBy = ({ status, text, headers }: { status: number; text: string; headers: object }) => ({
  status,
  text: text.replaceAll(/req_[0-9a-z]+/g, 'req'),
  headers: Object.keys(headers).toSorted(),
})

/** As near to the keys as can be. */
const NEAR = [DISABLED, EXPIRED, VALID, ADMIN].flatMap((key) => [
  key.slice(0, -1),
  `${key}x`,
  key.toUpperCase(),
  key.slice(0, 8),
])

describe.each(ASKS)('%s', (path, body) => {
  it('tells nobody whether a key is near to one that there is', async () => {
    const { sluice, upstream } = await start()
    const ask = async (key: string) =>
      toldBy(await sluice.send(path, { headers: { 'x-api-key': key }, ...(body && { body }) }))
    const unknown = await ask('of-nobody')
    expect(unknown.status).toBe(401)
    for (const key of NEAR) expect(await ask(key)).toEqual(unknown)
    expect(upstream.calls).toEqual([])
  })

  it('tells the holder of a key that it is disabled or has expired, and nothing of its owner', async () => {
    const { sluice, upstream } = await start()
    for (const [key, sentence] of [
      [DISABLED, 'disabled'],
      [EXPIRED, 'expired'],
    ] as const) {
      const headers = { authorization: `Bearer ${key}` }
      const { status, text } = await sluice.send(path, { headers, ...(body && { body }) })
      expect(status).toBe(401)
      expect(text).toContain(sentence)
      expect(text).not.toMatch(/"(?:ann|old|ended)"|sk-/)
    }
    expect(upstream.calls).toEqual([])
  })
})

it('the same holds for sockets', async () => {
  const { sluice } = await start()
  const ask = async (key: string) => {
    const { status, json } = await refusedClient(sluice.url, '/v1/responses', {
      headers: { 'x-api-key': key },
    })
    return { status, json }
  }
  const unknown = await ask('of-nobody')
  expect(unknown.status).toBe(401)
  for (const key of NEAR) expect(await ask(key)).toEqual(unknown)
  expect(JSON.stringify(await ask(DISABLED))).toContain('disabled')
})

it('a key that is refused does not shut out a valid one beside it', async () => {
  const { sluice } = await start()
  const headers = { 'x-api-key': DISABLED, authorization: `Bearer ${VALID}` }
  const body = messagesBody('hello', { model: CLAUDE })
  expect((await sluice.send(MESSAGES, { body, headers })).status).toBe(200)
})
