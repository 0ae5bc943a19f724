/** Doors of several processes: a ticket of one opens a connection of another, and places are counted together. */
import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { createLiveStore, type LiveStore, type Replicas } from '#stores'
import { eventually } from '../../tools/app/within.ts'
import { toOthers } from '../../tools/server/chat/others.ts'
import { isType, openEvents, openSession } from '../../tools/server/chat/session-client.ts'
import { bearer, type Doors, startDoors } from '../../tools/server/chat/start-doors.ts'
import { refusedClient } from '../../tools/server/websocket/open-client.ts'
import { createFaultyHub } from '../../tools/stores/replicas/faulty-hub.ts'

const KEYS = ['first-key', 'second-key']
const FIRST = bearer('first-key')

const startTwo = async () => {
  const hub = createFaultyHub()
  const slots = createLiveStore()
  const [a, b] = [hub.join('a'.repeat(36)), hub.join('b'.repeat(36))]
  const open = (replicas: Replicas) => startDoors({ keys: KEYS, slots, others: toOthers(replicas) })
  const [here, there] = [await open(a), await open(b)]
  return { hub, a, b, here, there }
}

const ticketOf = async ({ send }: Doors, headers: Record<string, string> = FIRST) =>
  String((await send('/api/tickets', { body: {}, headers })).json.ticket)

describe('a ticket of one process', () => {
  it('opens one socket at another, and nothing afterwards', async () => {
    const { here, there } = await startTwo()
    const ticket = await ticketOf(here, bearer('first-key', 'ann'))
    const path = `/ws/session/mine?ticket=${ticket}`
    const client = await openSession(there.url, path)
    await client.until('a greeting', isType('connected'))
    expect(there.chat.only().owner).toMatch(/ ann$/)
    for (const { url } of [here, there])
      expect(await refusedClient(url, path)).toMatchObject({
        status: 401,
        json: { error: { code: 'invalid_ticket' } },
      })
  })

  it('opens one stream at another', async () => {
    const { here, there } = await startTwo()
    await there.send('/api/sessions', { body: { id: 'mine' }, headers: FIRST })
    const path = `/api/sessions/mine/events?ticket=${await ticketOf(here)}`
    const events = await openEvents(there.url, path)
    expect(events.response.statusCode).toBe(200)
    expect((await there.send(path)).status).toBe(401)
  })

  it('opens at its own process as well, and then at no other', async () => {
    const { here, there } = await startTwo()
    const path = `/ws/session/mine?ticket=${await ticketOf(here)}`
    await openSession(here.url, path)
    expect((await refusedClient(there.url, path)).status).toBe(401)
  })

  it('opens once, even if both are asked at the same time', async () => {
    const { here, there } = await startTwo()
    for (let round = 0; round < 5; round++) {
      const path = `/api/sessions?ticket=`
      expect((await here.send(path)).status).toBe(401)
      const ticket = await ticketOf(here)
      const asked = [here, there, there, here].map(async ({ url }) => {
        try {
          await openSession(url, `/ws/session/s?ticket=${ticket}`)
          return 1
        } catch {
          return 0
        }
      })
      const opened: number[] = await Promise.all(asked)
      expect(opened.reduce((sum, each) => sum + each, 0)).toBe(1)
    }
  })

  it('tells neither itself nor the key to those who carry it', async () => {
    const { a, b, here, there } = await startTwo()
    const carried: string[] = []
    for (const replicas of [a, b])
      replicas.listen({
        message: (_, message) => void carried.push(message),
        missed: () => undefined,
        gone: () => undefined,
        lost: () => undefined,
      })
    const ticket = await ticketOf(here)
    await openSession(there.url, `/ws/session/mine?ticket=${ticket}`)
    expect(carried.length).toBe(2)
    expect(carried.join()).not.toContain('first-key')
    expect(carried.join()).not.toContain(ticket.slice(4, 36))
  })

  it('is not valid when that process is gone', async () => {
    const { hub, a, here, there } = await startTwo()
    const ticket = await ticketOf(here)
    hub.kill(a.self)
    expect((await refusedClient(there.url, `/ws/session/mine?ticket=${ticket}`)).status).toBe(401)
  })

  it('is a 503 as long as no other process can be asked', async () => {
    const { hub, b, here, there } = await startTwo()
    const path = `/ws/session/mine?ticket=${await ticketOf(here)}`
    hub.expire(b.self)
    expect(await refusedClient(there.url, path)).toMatchObject({
      status: 503,
      json: { error: { code: 'store_unavailable' } },
    })
    hub.thaw(b.self)
    await openSession(there.url, path)
  })

  it('cannot be made up', async () => {
    const { a, b, there } = await startTwo()
    const secret = 'x'.repeat(32)
    for (const ticket of [
      `tkt_${secret}.${a.self}`,
      `tkt_${secret}.${b.self}`,
      `tkt_${secret}.${'0'.repeat(36)}`,
      `tkt_${secret}.`,
      `tkt_.${a.self}`,
      `tkt_${secret}.__proto__`,
    ])
      expect((await refusedClient(there.url, `/ws/session/mine?ticket=${ticket}`)).status).toBe(401)
  })

  it('made up in great numbers does not ask other processes without end', async () => {
    const { hub, a, there } = await startTwo()
    hub.freeze(a.self)
    const tickets = Array.from({ length: 300 }, (_, at) => `tkt_${String(at).padStart(32, 'x')}`)
    const answers = await Promise.all(
      tickets.map((ticket) => there.send(`/api/sessions/mine/events?ticket=${ticket}.${a.self}`)),
    )
    const statuses = new Set(answers.map(({ status }) => status))
    expect([...statuses].toSorted()).toEqual([401, 503])
  })
})

describe('the connections of all processes', () => {
  it('of an owner are twenty', async () => {
    const { here, there } = await startTwo()
    const clients = []
    for (let at = 0; at < 20; at++)
      clients.push(
        await openSession((at % 2 ? here : there).url, `/ws/session/s${at}`, { headers: FIRST }),
      )
    for (const { url } of [here, there])
      expect(await refusedClient(url, '/ws/session/more', { headers: FIRST })).toMatchObject({
        status: 429,
        json: { error: { code: 'too_many_connections' } },
      })
    await openSession(here.url, '/ws/session/more', { headers: bearer('second-key') })
    clients[0]?.socket.close()
    await clients[0]?.closed
    await openSession(here.url, '/ws/session/more', { headers: FIRST })
  })

  it('of a session are 64', async () => {
    const { here, there } = await startTwo()
    const path = '/api/sessions/one/events'
    for (const { send } of [here, there])
      await send('/api/sessions', { body: { id: 'one' }, headers: FIRST })
    const streams = []
    for (let at = 0; at < 64; at++)
      streams.push(await openEvents((at % 2 ? here : there).url, path, FIRST))
    for (const { send } of [here, there])
      expect((await send(path, { headers: FIRST })).status).toBe(429)
    streams[0]?.close()
    await eventually('a place is free', () => there.chat.only().joined === 31)
    await openEvents(here.url, path, FIRST)
  })

  it('are refused if they cannot be counted and must be', async () => {
    const refusing = {
      take() {
        throw new GatewayError('store_unavailable', 'The limits cannot be checked.')
      },
      release: () => undefined,
    } as unknown as LiveStore
    const { url, chat } = await startDoors({ keys: KEYS, slots: refusing })
    expect(await refusedClient(url, '/ws/session/mine', { headers: FIRST })).toMatchObject({
      status: 503,
      json: { error: { code: 'store_unavailable' } },
    })
    expect([...chat.sessions.values()].reduce((sum, { joined }) => sum + joined, 0)).toBe(0)
  })

  it('are not counted without keys', async () => {
    const slots = { take: () => expect.unreachable(), release: () => undefined }
    const { url } = await startDoors({ slots: slots as unknown as LiveStore })
    const client = await openSession(url, '/ws/session/mine')
    await client.until('a greeting', isType('connected'))
  })

  it('have no name of their owner in a key', async () => {
    const keys: string[] = []
    const live = createLiveStore()
    const slots: LiveStore = {
      ...live,
      take(claims) {
        keys.push(...claims.map(({ key }) => key))
        return live.take(claims)
      },
    }
    const { url } = await startDoors({ keys: KEYS, slots })
    await openSession(url, '/ws/session/mine', { headers: bearer('first-key', 'ann') })
    expect(keys.length).toBe(2)
    for (const key of keys) expect(key).toMatch(/^\{place:[0-9a-f]{24}\}$/)
  })
})
