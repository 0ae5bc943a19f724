/** `X-User-ID` divides a caller's own things among its users, and opens nothing of others. */
import { describe, expect, it } from 'vitest'
import { createAccess } from '#access'
import { CHAT, chatBody, CLAUDE, MESSAGES, messagesBody, RESPONSES } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'
import { openClient, refusedClient } from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'
import { sluiceForTest } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'

const GOOD = ['a', 'ann@example.com', 'auth0|5f7c', '3f2c9f6e-0000-4000', '~!{}', 'x'.repeat(128)]
const BAD = ['', 'a b', ' ', 'x'.repeat(129), 'zoë', 'a, b']

describe.each([
  ['with a key', ['sk-one'], { authorization: 'Bearer sk-one' }],
  ['on keyless loopback', [], {}],
])('%s', (_, keys, credentials) => {
  it.each(GOOD)('%j is a user of the same caller', async (userId) => {
    const { authenticate } = createAccess({ keys })
    const headers = { host: 'localhost', ...credentials }
    const caller = await authenticate(headers)
    expect(caller.userId).toBeUndefined()
    const user = await authenticate({ ...headers, 'x-user-id': userId })
    expect(user).toEqual({ ...caller, userId, userOf: caller })
  })

  it.each(BAD)('%j is a 400 that names the header and reaches no upstream', async (userId) => {
    const { sluice, upstream } = await startHouse({ keys })
    const headers = { ...credentials, 'x-user-id': Buffer.from(userId).toString('latin1') }
    const chat = await sluice.send(CHAT, { body: chatBody(), headers })
    expect(chat.status).toBe(400)
    expect(checkChatError(chat.json)).toEqual([])
    expect(chat.json).toMatchObject({
      error: { param: 'X-User-ID', message: expect.stringContaining('X-User-ID') },
    })
    const messages = await sluice.send(MESSAGES, { body: messagesBody(), headers })
    expect(messages.status).toBe(400)
    expect(checkMessagesError(messages.json)).toEqual([])
    const socket = await refusedClient(sluice.url, '/ws', { headers })
    expect(socket.status).toBe(400)
    expect(upstream.calls).toEqual([])
  })

  it('is not forwarded, on either lane', async () => {
    const { sluice, upstream } = await startHouse({ keys })
    const headers = { ...credentials, 'x-user-id': 'ann@example.com', 'x-other': 'goes' }
    await sluice.send(CHAT, { body: chatBody(), headers })
    await sluice.send(CHAT, { body: chatBody('hello', { model: CLAUDE }), headers })
    const [relayed, translated] = callsOf(upstream)
    expect(relayed?.headers['x-other']).toBe('goes')
    for (const call of [relayed, translated])
      expect(JSON.stringify(call?.rawHeaders)).not.toContain('ann@example')
    expect(sluice.rawLog()).not.toContain('ann@example')
  })
})

it('is not forwarded to a realtime upstream', async () => {
  const upstream = await startRealtime()
  const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
  await openClient(sluice.url, '/v1/realtime?model=gpt-realtime', {
    headers: { 'x-user-id': 'ann' },
  })
  expect(upstream.requests.at(-1)?.headers['x-user-id']).toBeUndefined()
})

describe('a stored response', () => {
  const KEY = { authorization: 'Bearer sk-one' }
  const ANN = { ...KEY, 'x-user-id': 'ann' }
  const BEN = { ...KEY, 'x-user-id': 'ben' }
  const OTHER = { authorization: 'Bearer sk-two', 'x-user-id': 'ann' }

  // Translated ones are stored here, and relayed ones at their upstream.
  it.each([CLAUDE, 'gpt-4o'])('of %s is that of one user alone', async (model) => {
    const { sluice } = await startHouse({ keys: ['sk-one', 'sk-two'] })
    const made = await sluice.send(RESPONSES, { body: { model, input: 'hello' }, headers: ANN })
    expect(made.status).toBe(200)
    const { id } = made.json
    const read = (headers: Record<string, string>) => sluice.send(`${RESPONSES}/${id}`, { headers })
    const goOn = (headers: Record<string, string>) =>
      sluice.send(RESPONSES, {
        body: { model, input: 'and?', previous_response_id: id },
        headers,
      })
    for (const headers of [BEN, KEY, OTHER]) {
      expect((await read(headers)).status).toBe(404)
      expect((await goOn(headers)).status).toBe(400)
      const gone = await sluice.send(`${RESPONSES}/${id}`, { method: 'DELETE', headers })
      expect(gone.status).toBe(404)
    }
    expect((await read(ANN)).status).toBe(200)
    expect((await goOn(ANN)).status).toBe(200)
  })
})
