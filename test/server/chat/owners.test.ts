/** What one owner has is not there for another: another key, another user of the key, or the key itself. */
import { describe, expect, it } from 'vitest'
import { isType, openSession } from '../../tools/server/chat/session-client.ts'
import { toSessionCalls } from '../../tools/server/chat/session-calls.ts'
import { bearer, startDoors } from '../../tools/server/chat/start-doors.ts'
import { refusedClient } from '../../tools/server/websocket/open-client.ts'

const KEYS = ['key-of-ann', 'key-of-ben']

const OTHERS = [
  ['another key', bearer('key-of-ben')],
  ['another user of the key', bearer('key-of-ann', 'other')],
  ['the key without its user', bearer('key-of-ann')],
  ['a user of another key with the same name', bearer('key-of-ben', 'user')],
] as const

const OWNER = bearer('key-of-ann', 'user')
const SOCKETS = [
  '/ws/session/ID',
  '/ws/session/ID?position=0.0',
  '/chat/ws?session_id=ID',
  '/ws/chat/ID',
  '/ws/ID',
  '/ws/chat?session_id=ID',
  '/ws/langchain?session_id=ID',
]

const SECRET = 'what only the owner said'

const start = async () => {
  const doors = await startDoors({ keys: KEYS })
  const made = await doors.send('/api/sessions', { body: { title: SECRET }, headers: OWNER })
  const session_id = String(made.json.id)
  const sent = await doors.send(`/api/sessions/${session_id}/messages`, {
    body: { content: SECRET },
    headers: OWNER,
  })
  const { message_id, run_id } = sent.json as { message_id: string; run_id: string }
  const uploaded = await doors.send('/api/uploads', {
    body: SECRET,
    headers: { ...OWNER, 'content-type': 'text/plain' },
  })
  const upload_id = String(uploaded.json.upload_id)
  return {
    ...doors,
    ids: { session_id, message_id, run_id, upload_id },
    session: doors.chat.only(),
  }
}

describe.each(OTHERS)('%s', (_who, headers) => {
  it('finds nothing, on any route', async () => {
    const { send, ids, session } = await start()
    const before = session.position.seq
    const unknown = {
      session_id: 'ses_unknown',
      message_id: 'msg_x',
      run_id: 'run_x',
      upload_id: 'upl_x',
    }
    for (const [at, call] of toSessionCalls(ids).entries()) {
      const { method, path, body, name } = call
      const answer = await send(path, { method, headers, ...(body && { body }) })
      expect(`${name}: ${answer.status}`).toBe(`${name}: 404`)
      expect(answer.text).not.toContain(SECRET)
      // It is answered as what does not exist.
      const other = toSessionCalls(unknown)[at]
      const nothing = await send(other?.path ?? '', { method, headers, ...(body && { body }) })
      expect(nothing.json).toEqual(answer.json)
    }
    const list = await send('/api/sessions', { headers })
    expect(list.json.sessions).toEqual([])
    const costs = await send(`/cost-summary?session_id=${ids.session_id}`, { headers })
    expect(costs.status).toBe(404)
    expect(session.position.seq).toBe(before)
    expect(session.joined).toBe(0)
    expect((await send(`/api/sessions/${ids.session_id}`, { headers: OWNER })).status).toBe(200)
    expect((await send(`/api/uploads/${ids.upload_id}`, { headers: OWNER })).status).toBe(200)
  })

  it('cannot ask in it, whatever the dialect', async () => {
    const { send, ids, session } = await start()
    const body = { message: 'stolen', session_id: ids.session_id }
    for (const path of ['/api/chat', '/chat/stream'])
      expect(`${path} ${(await send(path, { body, headers })).status}`).toBe(`${path} 404`)
    const query = new URLSearchParams(body)
    expect((await send(`/chat/stream?${query}`, { headers })).status).toBe(404)
    expect(session.commands).toHaveLength(1)
  })

  it('opens no socket of it', async () => {
    const { url, ids } = await start()
    for (const path of SOCKETS) {
      const at = path.replace('ID', ids.session_id)
      const refused = await refusedClient(url, at, { headers: { ...headers } })
      expect(`${path} ${refused.status}`).toBe(`${path} 404`)
      expect(JSON.stringify(refused.json)).not.toContain(SECRET)
    }
  })

  it('may have a session of the same id, which is its own', async () => {
    const { url, chat } = await startDoors({ keys: KEYS })
    const mine = await openSession(url, '/ws/session/default', { headers: OWNER })
    const other = await openSession(url, '/ws/session/default', { headers: { ...headers } })
    mine.send({ type: 'message', content: SECRET })
    await mine.answers(1)
    other.send({ type: 'ping' })
    await other.until('a pong', isType('pong'))
    expect(JSON.stringify(other.frames)).not.toContain(SECRET)
    expect(chat.sessions.size).toBe(2)
  })
})

it('a user is one on this machine without keys, too', async () => {
  const { url, send } = await startDoors()
  const ann = { 'x-user-id': 'ann' }
  await send('/api/sessions', { body: { id: 'mine' }, headers: ann })
  expect((await send('/api/sessions/mine', { headers: ann })).status).toBe(200)
  expect((await send('/api/sessions/mine')).status).toBe(404)
  expect((await send('/api/sessions/mine', { headers: { 'x-user-id': 'ben' } })).status).toBe(404)
  const client = await openSession(url, '/ws/session/mine', { headers: ann })
  expect(await client.until('a greeting', isType('connected'))).toMatchObject({
    message: 'The session is open.',
  })
})
