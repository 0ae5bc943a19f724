/** A session as server-sent events. */
import { describe, expect, it } from 'vitest'
import { HOLD } from '../../tools/chat/fake-chat.ts'
import { openEvents, openSession } from '../../tools/server/chat/session-client.ts'
import { bearer, startDoors } from '../../tools/server/chat/start-doors.ts'
import { eventually } from '../../tools/app/within.ts'

const PATH = '/api/sessions/mine/events'

const start = async (options: Parameters<typeof startDoors>[0] = {}) => {
  const doors = await startDoors(options)
  await doors.send('/api/sessions', { body: { id: 'mine' } })
  const say = async (content: string) => {
    const { status } = await doors.send('/api/sessions/mine/messages', { body: { content } })
    expect(status).toBe(202)
  }
  return { ...doors, say }
}

const isOver = (events: readonly { readonly event?: string }[]): boolean =>
  events.some(({ event }) => event === 'run_end')

it('has the same events as a WebSocket, with their names and positions', async () => {
  const { url, say } = await start()
  const events = await openEvents(url, PATH)
  expect(events.response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  const client = await openSession(url, '/ws/session/mine')
  await say('zwei Wörter')
  await client.answers(1)
  await events.until('the end', isOver)
  expect(events.events().map(({ data }) => data)).toEqual([
    { ...client.frames[0], message: 'The session is open.' },
    ...client.frames.slice(1),
  ])
  for (const { id, event, data } of events.events()) {
    expect(event).toBe(data.type)
    expect(id).toBe(data.type === 'connected' ? '1.0' : `${String(data.epoch)}.${String(data.seq)}`)
  }
})

it('goes on where the header says, before what the query says', async () => {
  const { url, say } = await start()
  await say('one two three')
  for (const [path, headers, seqs] of [
    [`${PATH}?position=1.5`, {}, [6, 7]],
    [PATH, { 'last-event-id': '1.4' }, [5, 6, 7]],
    [`${PATH}?position=1.1`, { 'last-event-id': '1.6' }, [7]],
  ] as const) {
    const events = await openEvents(url, path, headers)
    await events.until('the end', isOver)
    expect(events.events().flatMap(({ data }) => data.seq ?? [])).toEqual(seqs)
    expect(events.events()[0]?.data).toMatchObject({ type: 'connected' })
  }
})

it('has the position of a snapshot and of a rewind', async () => {
  const { url, say, chat } = await start()
  await say('one')
  const ahead = await openEvents(url, `${PATH}?position=1.99`)
  await ahead.until('a rewind', (all) => all.length > 1)
  expect(ahead.events()[1]).toEqual({
    id: '1.5',
    event: 'rewind',
    data: { type: 'rewind', to: '1.5' },
  })
  chat.only().forget()
  const behind = await openEvents(url, `${PATH}?position=0.0`)
  await behind.until('a snapshot', (all) => all.length > 1)
  expect(behind.events()[1]).toMatchObject({ id: '1.5', event: 'snapshot' })
})

describe('is refused', () => {
  it.each([
    ['with a position that cannot be read', `${PATH}?position=x`, {}, 400, 'invalid_position'],
    ['with a header that cannot be read', PATH, { 'last-event-id': 'x' }, 400, 'invalid_position'],
    ['with two positions', `${PATH}?position=1.0&position=1.1`, {}, 400, 'invalid_request'],
    ['of an unknown session', '/api/sessions/other/events', {}, 404, 'not_found'],
  ])('%s', async (_what, path, headers, status, code) => {
    const { send, chat } = await start()
    const refused = await send(path, { headers })
    expect(refused.status).toBe(status)
    if (code !== 'invalid_request') expect(refused.json).toMatchObject({ error: { code } })
    expect(chat.sessions.size).toBe(1)
    expect(chat.only().joined).toBe(0)
  })
})

it('is left when its client leaves', async () => {
  const { url, chat, say } = await start()
  const events = await openEvents(url, PATH)
  await eventually('it is joined', () => chat.only().joined === 1)
  await say(HOLD)
  events.close()
  await eventually('it is left', () => chat.only().joined === 0)
})

it('ends unfinished if its session is deleted', async () => {
  const { url, send } = await start()
  const events = await openEvents(url, PATH)
  await events.until('a greeting', (all) => all.length > 0)
  await send('/api/sessions/mine', { method: 'DELETE' })
  expect(await events.ended).toBe('broken')
  expect(events.events().at(-1)).toMatchObject({
    event: 'error',
    data: { type: 'error', error: { code: 'not_found' } },
  })
})

it('has a comment after ten seconds of silence', async () => {
  const { url } = await start()
  const events = await openEvents(url, PATH)
  await eventually('a comment', () => events.text().includes('\n\n: \n\n'))
  expect(events.events()).toHaveLength(1)
}, 20_000)

it('has a key as every other route', async () => {
  const { url, send } = await startDoors({ keys: ['key'] })
  const body = { id: 'mine' }
  await send('/api/sessions', { body, headers: bearer('key') })
  expect((await send(PATH)).status).toBe(401)
  expect((await openEvents(url, PATH, bearer('key'))).response.statusCode).toBe(200)
})
