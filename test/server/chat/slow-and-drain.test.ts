/** Readers that are too slow, and a server that goes down. */
import { describe, expect, it } from 'vitest'
import { createFakeChat, HOLD } from '../../tools/chat/fake-chat.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { eventually, within } from '../../tools/app/within.ts'
import { isType, openEvents, openSession } from '../../tools/server/chat/session-client.ts'
import { startDoors } from '../../tools/server/chat/start-doors.ts'
import { openRawSocket } from '../../tools/server/websocket/raw-socket.ts'

const PATH = '/ws/session/mine'
const PIECE = 'x'.repeat(4000)

const startHeld = async (slowMs = 200) => {
  const doors = await startDoors({ chat: createFakeChat({ slowMs }) })
  await doors.send('/api/sessions', { body: { id: 'mine' } })
  await doors.send('/api/sessions/mine/messages', { body: { content: HOLD } })
  const session = doors.chat.only()
  const talk = (count: number): void => {
    for (let at = 0; at < count; at++)
      session.append({
        type: 'token',
        run_id: 'run_1',
        part: 0,
        token: PIECE,
        token_count: at,
        cost: null,
      })
  }
  return { ...doors, session, talk }
}

describe('a reader that is too slow', () => {
  it('is closed with 4408 and its position, and what it has read by then has no gap', async () => {
    const { url, session, talk } = await startHeld()
    const slow = await openSession(url, PATH)
    const fast = await openSession(url, PATH)
    await eventually('both read', () => session.readers === 2)
    slow.socket.pause()
    while (session.readers > 1) {
      talk(200)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    slow.socket.resume()
    const { code, reason } = await slow.ended
    await eventually('the fast one has all', () => fast.frames.at(-1)?.seq === session.position.seq)
    expect(code).toBe(4408)
    const seqs = slow.frames.flatMap(({ seq }) => (typeof seq === 'number' ? [seq] : []))
    expect(seqs).toEqual(seqs.map((_, at) => (seqs[0] ?? 0) + at))
    expect(reason).toBe(`1.${seqs.at(-1)}`)
    const again = await openSession(url, `${PATH}?position=${reason}`)
    await again.until('the rest', ({ seq }) => seq === session.position.seq)
    expect(again.frames[1]?.seq).toBe((seqs.at(-1) ?? 0) + 1)
  })

  it('and does not answer is destroyed', async () => {
    const { url, session, talk } = await startHeld()
    const client = await openRawSocket(url, PATH)
    client.socket.pause()
    const begun = performance.now()
    while (session.joined > 0 && performance.now() - begun < 20_000) {
      talk(200)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(session.joined).toBe(0)
  }, 30_000)

  it('of a stream is cut off', async () => {
    const { url, session, talk } = await startHeld()
    const events = await openEvents(url, '/api/sessions/mine/events')
    events.response.pause()
    const begun = performance.now()
    while (session.joined > 0 && performance.now() - begun < 20_000) {
      talk(200)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(session.joined).toBe(0)
    events.response.resume()
    expect(await events.ended).toBe('broken')
  }, 30_000)

  it('holds nobody else up', async () => {
    const { url, session, talk } = await startHeld(60_000)
    const slow = await openSession(url, PATH)
    await slow.until('a greeting', isType('connected'))
    slow.socket.pause()
    const fast = await Promise.all([1, 2, 3].map(() => openSession(url, PATH)))
    talk(2_000)
    for (const client of fast)
      await eventually('all', () => client.frames.at(-1)?.seq === session.position.seq)
    slow.socket.resume()
    await eventually('all', () => slow.frames.at(-1)?.seq === session.position.seq)
  })
})

describe('a server that goes down', () => {
  it('closes idle sessions with 1012 and their position, and breaks their streams off', async () => {
    const { url, send, server } = await startDoors()
    await send('/api/sessions', { body: { id: 'mine' } })
    await send('/api/sessions/mine/messages', { body: { content: 'hello' } })
    const client = await openSession(url, PATH)
    const events = await openEvents(url, '/api/sessions/mine/events')
    await events.until('a history', (all) => all.length > 1)
    const drained = server.drain(10_000)
    expect(await client.ended).toEqual({ code: 1012, reason: '1.5' })
    expect(client.frames.at(-1)).toEqual({
      type: 'going_away',
      position: '1.5',
      reason: 'The server is going down.',
    })
    expect(await events.ended).toBe('broken')
    expect(events.events().at(-1)).toMatchObject({
      event: 'going_away',
      data: { type: 'going_away', position: '1.5' },
    })
    await within(5_000, 'the drain', drained)
  })

  it('lets a run end before', async () => {
    const { url, server } = await startDoors()
    const client = await openSession(url, PATH)
    client.send({ type: 'message', content: HOLD })
    await client.until('a start', isType('run_start'))
    const events = await openEvents(url, '/api/sessions/mine/events?position=0.0')
    const drained = server.drain(20_000)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(client.socket.readyState).toBe(client.socket.OPEN)
    client.send({ type: 'cancel' })
    expect((await client.ended).code).toBe(1012)
    expect(client.frames.map(({ type }) => type).slice(-2)).toEqual(['run_end', 'going_away'])
    expect(await events.ended).toBe('broken')
    expect(
      events
        .events()
        .map(({ event }) => event)
        .slice(-2),
    ).toEqual(['run_end', 'going_away'])
    await within(5_000, 'the drain', drained)
  })

  it('says so at the limit, too', async () => {
    const { url, server } = await startDoors()
    const client = await openSession(url, PATH)
    client.send({ type: 'message', content: HOLD })
    await client.until('a start', isType('run_start'))
    const events = await openEvents(url, '/api/sessions/mine/events?position=0.0')
    await events.until('a start', (all) => all.some(({ event }) => event === 'run_start'))
    await within(5_000, 'the drain', server.drain(100))
    expect(await client.ended).toEqual({ code: 1012, reason: '1.3' })
    expect(await events.ended).toBe('broken')
    expect(events.events().at(-1)?.event).toBe('going_away')
  })

  it('does not wait for clients that do not read or answer', async () => {
    const { url, server } = await startDoors()
    const raw = await openRawSocket(url, PATH)
    raw.socket.pause()
    const stream = await openRawClient(url, { reads: false })
    stream.write(toRequest('/api/sessions/mine/events', '').toString().replace('POST', 'GET'))
    await new Promise((resolve) => setTimeout(resolve, 200))
    await within(8_000, 'the drain', server.drain(500))
  }, 20_000)
})
