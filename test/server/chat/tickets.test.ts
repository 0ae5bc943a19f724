/** Tickets open one connection each, for a page that cannot send a header. */
import { describe, expect, it, vi } from 'vitest'
import { createTickets } from '../../../src/server/follow/tickets/tickets.ts'
import { GatewayError } from '#model'
import { isType, openEvents, openSession } from '../../tools/server/chat/session-client.ts'
import { bearer, startDoors } from '../../tools/server/chat/start-doors.ts'
import { refusedClient } from '../../tools/server/websocket/open-client.ts'

const KEYS = ['first-key', 'second-key']

const start = async () => {
  const doors = await startDoors({ keys: KEYS, corsOrigins: ['https://app.example'] })
  const ticketOf = async (key: string, user?: string): Promise<string> => {
    const given = await doors.send('/api/tickets', { body: {}, headers: bearer(key, user) })
    expect(given.status).toBe(201)
    expect(Date.parse(String(given.json.expires_at)) - Date.now()).toBeGreaterThan(50_000)
    return String(given.json.ticket)
  }
  return { ...doors, ticketOf }
}

describe('a ticket', () => {
  it('opens a socket once', async () => {
    const { url, ticketOf } = await start()
    const path = `/ws/session/mine?ticket=${await ticketOf('first-key')}`
    const client = await openSession(url, path)
    await client.until('a greeting', isType('connected'))
    expect(await refusedClient(url, path)).toMatchObject({
      status: 401,
      json: { error: { code: 'invalid_ticket' } },
    })
  })

  it('opens a stream once', async () => {
    const { url, send, ticketOf } = await start()
    await send('/api/sessions', { body: { id: 'mine' }, headers: bearer('first-key') })
    const path = `/api/sessions/mine/events?ticket=${await ticketOf('first-key')}`
    const events = await openEvents(url, path)
    expect(events.response.statusCode).toBe(200)
    expect((await send(path)).status).toBe(401)
  })

  it('opens nothing else', async () => {
    const { send, ticketOf } = await start()
    const ticket = await ticketOf('first-key')
    expect((await send(`/api/sessions?ticket=${ticket}`)).status).toBe(401)
    expect((await send(`/v1/models?ticket=${ticket}`)).status).toBe(401)
  })

  it('is that of its caller and user, whatever the request says', async () => {
    const { url, chat, ticketOf } = await start()
    const ticket = await ticketOf('first-key', 'ann')
    await openSession(url, `/ws/session/mine?ticket=${ticket}`, {
      headers: bearer('second-key', 'ben'),
    })
    expect(chat.only().owner).toMatch(/^[0-9a-f]{12} ann$/)
    const other = await ticketOf('second-key', 'ben')
    await openSession(url, `/ws/session/mine?ticket=${other}`)
    expect([...chat.sessions.values()].map(({ owner }) => owner.split(' ')[1])).toEqual([
      'ann',
      'ben',
    ])
  })

  it('is not one that somebody made up', async () => {
    const { url } = await start()
    for (const ticket of ['', 'x', 'tkt_', '__proto__', 'first-key'])
      expect((await refusedClient(url, `/ws/session/mine?ticket=${ticket}`)).status).toBe(401)
    expect((await refusedClient(url, '/ws/session/mine?ticket=a&ticket=b')).status).toBe(400)
  })

  it('does not open for a page of a foreign origin', async () => {
    const { url, ticketOf } = await start()
    const path = async () => `/ws/session/mine?ticket=${await ticketOf('first-key')}`
    const origin = 'https://evil.example'
    expect((await refusedClient(url, await path(), { origin })).status).toBe(403)
    await openSession(url, await path(), { origin: 'https://app.example' })
  })

  it('ends with the key that it was given for', async () => {
    const { url, reload, ticketOf } = await start()
    const unused = await ticketOf('first-key')
    const client = await openSession(url, `/ws/session/mine?ticket=${await ticketOf('first-key')}`)
    reload(['second-key'])
    expect((await client.ended).code).toBe(4401)
    expect((await refusedClient(url, `/ws/session/mine?ticket=${unused}`)).status).toBe(401)
  })

  it('is given for no unknown field', async () => {
    const { send } = await start()
    const headers = bearer('first-key')
    expect(await send('/api/tickets', { body: { user: 'ben' }, headers })).toMatchObject({
      status: 400,
      json: { error: { param: 'user' } },
    })
  })
})

describe('the tickets', () => {
  const ANN = { id: 'ann' }

  it('expire after a minute', () => {
    let now = 0
    const tickets = createTickets({ now: () => now })
    const [early, late] = [tickets.give(ANN, {}), tickets.give(ANN, {})]
    now = 59_999
    expect(tickets.redeem(`?ticket=${early.ticket}`, { host: 'h' })).toMatchObject({ host: 'h' })
    now = 60_000
    expect(() => tickets.redeem(`?ticket=${late.ticket}`, {})).toThrow(GatewayError)
  })

  it('of one owner are a hundred, until they are used or expire', () => {
    const now = vi.fn(() => 0)
    const tickets = createTickets({ now })
    const given = Array.from({ length: 100 }, () => tickets.give(ANN, {}))
    expect(() => tickets.give(ANN, {})).toThrow('Too many tickets')
    tickets.give({ id: 'ben' }, {})
    tickets.redeem(`?ticket=${given[0]?.ticket}`, {})
    tickets.give(ANN, {})
    expect(() => tickets.give(ANN, {})).toThrow('Too many tickets')
    now.mockReturnValue(60_000)
    tickets.give(ANN, {})
  })
})
