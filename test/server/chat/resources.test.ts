/** The routes of sessions: what each passes on, and what it refuses, with the field that is wrong. */
import { describe, expect, it } from 'vitest'
import { EVENT_STREAMS, SESSION_ROUTES } from '../../../src/server/resources/session-routes.ts'
import { HOLD } from '../../tools/chat/fake-chat.ts'
import { bearer, startDoors } from '../../tools/server/chat/start-doors.ts'

const start = async (options: Parameters<typeof startDoors>[0] = {}) => {
  const doors = await startDoors(options)
  await doors.send('/api/sessions', { body: { id: 's1' } })
  return { ...doors, given: () => doors.chat.only().commands.map(([command]) => command) }
}

const BASE = '/api/sessions/s1'

describe('a session', () => {
  it('is made, with an id of its own or of the client', async () => {
    const { send, chat } = await startDoors()
    const body = {
      title: 'Über uns',
      system_prompt: 'Be short.',
      model: 'gpt-4o',
      settings: { temperature: 0.5, max_output_tokens: 100, when_busy: 'reject' },
      metadata: { a: { b: [1, null] } },
      keep: true,
    }
    const made = await send('/api/sessions', { body })
    expect(made).toMatchObject({ status: 201, json: { ...body, id: 'ses_0' } })
    expect(await send('/api/sessions', { body: { id: 'mine' } })).toMatchObject({ status: 201 })
    expect(await send('/api/sessions', { method: 'POST' })).toMatchObject({ status: 201 })
    expect(chat.sessions.size).toBe(3)
    expect(await send('/api/sessions?search=%C3%BC&cursor=c&limit=7')).toMatchObject({
      status: 200,
      json: {
        sessions: [{ id: 'ses_0' }, { id: 'mine' }, { id: 'ses_1' }],
        asked: { search: 'ü', cursor: 'c', limit: '7' },
      },
    })
  })

  it('is read, changed, extended, forked, exported and deleted', async () => {
    const { send } = await start()
    expect(await send(BASE)).toMatchObject({ status: 200, json: { id: 's1' } })
    expect((await send(BASE, { method: 'HEAD' })).status).toBe(200)
    const change = { title: null, model: null, keep: false }
    expect(await send(BASE, { method: 'PATCH', body: change })).toMatchObject({
      status: 200,
      json: { ...change, id: 's1' },
    })
    expect(await send(`${BASE}/extend`, { body: { hours: 48 } })).toMatchObject({
      status: 200,
      json: { hours: 48 },
    })
    expect(await send(`${BASE}/extend`, { method: 'POST' })).toMatchObject({ status: 200 })
    expect(await send(`${BASE}/fork`, { body: { message_id: 'msg_1' } })).toMatchObject({
      status: 201,
    })
    expect(await send(`${BASE}/runs`)).toMatchObject({ status: 200, json: { runs: [] } })
    expect(await send(`${BASE}/runs/run_1/prompt`)).toMatchObject({ status: 404 })
    const deleted = await send(BASE, { method: 'DELETE' })
    expect([deleted.status, deleted.text]).toEqual([204, ''])
    expect((await send(BASE)).status).toBe(404)
  })

  it('is exported in two formats', async () => {
    const { send } = await start()
    const json = await send(`${BASE}/export`)
    expect(json.json).toEqual({ messages: [] })
    const markdown = await send(`${BASE}/export?format=markdown`)
    expect(markdown.text).toBe('# Änderung\n')
    expect(markdown.headers).toMatchObject({
      'content-type': 'text/markdown; charset=utf-8',
      'content-disposition': 'attachment; filename="s1.md"',
      'x-content-type-options': 'nosniff',
    })
  })

  it('has costs', async () => {
    const { send } = await start()
    expect(await send('/cost-summary?session_id=s1')).toMatchObject({ status: 200 })
    expect(await send('/cost-summary')).toMatchObject({ status: 200, json: { total_cost: 0 } })
    expect(await send('/cost-summary?session_id=other')).toMatchObject({ status: 404 })
    expect(await send('/cost-summary/reset', { method: 'POST' })).toMatchObject({ status: 200 })
  })
})

describe('a command', () => {
  it.each([
    [
      'messages',
      { message: 'hi', when_busy: 'reject' },
      { type: 'message', content: 'hi', when_busy: 'reject', on_disconnect: 'continue' },
    ],
    [
      'messages/msg_1/edit',
      { content: 'ho', model: 'gpt-4o' },
      { type: 'edit', message_id: 'msg_1', content: 'ho', model: 'gpt-4o' },
    ],
    ['messages/msg_1/regenerate', {}, { type: 'regenerate', message_id: 'msg_1' }],
    ['continue', { run_id: 'run_1' }, { type: 'continue', run_id: 'run_1' }],
    ['choose', { message_id: 'msg_1' }, { type: 'choose', message_id: 'msg_1' }],
    ['cancel', {}, { type: 'cancel' }],
    ['clear', {}, { type: 'clear_history' }],
  ])('posted to %s is given', async (path, body, command) => {
    const { send, chat, given } = await start()
    const answer = await send(`${BASE}/${path}`, { body })
    expect(answer.status).toBe(path === 'messages' ? 202 : 200)
    expect(answer.json).toMatchObject({ status: expect.any(String), position: expect.any(String) })
    expect(given()).toEqual([command])
    expect(chat.only().joined).toBe(0)
    expect(chat.only().commands[0]?.[1].route).toMatch(/^POST \/api\/sessions\/\{session_id\}\//)
  })

  it('removes a message from the queue', async () => {
    const { send, given } = await start()
    expect((await send(`${BASE}/queue/msg_1`, { method: 'DELETE' })).status).toBe(200)
    expect(given()).toEqual([{ type: 'dequeue', message_id: 'msg_1' }])
  })

  it('that has nothing to cancel says so, and one that finds the session busy is a 409', async () => {
    const { send, chat } = await start()
    const nothing = await send(`${BASE}/cancel`, { method: 'POST' })
    expect(nothing).toMatchObject({ status: 200, json: { status: 'nothing_to_cancel' } })
    await send(`${BASE}/messages`, { body: { content: HOLD } })
    const busy = await send(`${BASE}/messages`, { body: { content: 'hi' } })
    expect(busy).toMatchObject({ status: 409, json: { error: { code: 'session_busy' } } })
    expect(chat.only().joined).toBe(0)
  })

  it('that was given before is a 200, and names the first run', async () => {
    const { send } = await start()
    const body = { content: 'hi', client_message_id: 'c1' }
    const first = await send(`${BASE}/messages`, { body })
    const second = await send(`${BASE}/messages`, { body })
    expect(second).toMatchObject({ status: 200, json: { ...first.json, status: 'repeated' } })
  })
})

const LONG = 'x'.repeat(256 * 1024)

/** A route, a body that is wrong, and the field that the error names. */
const WRONG: readonly (readonly [string, string, unknown, string | null, number?])[] = [
  ['POST', '/api/sessions', { id: 'a b' }, 'id'],
  ['POST', '/api/sessions', { id: '__proto__' }, 'session_id'],
  ['POST', '/api/sessions', { id: '..' }, 'session_id'],
  ['POST', '/api/sessions', { id: 7 }, 'id'],
  ['POST', '/api/sessions', { title: '' }, 'title'],
  ['POST', '/api/sessions', { title: 'x'.repeat(201) }, 'title'],
  ['POST', '/api/sessions', { settings: { temperature: 'hot' } }, 'settings.temperature'],
  ['POST', '/api/sessions', { settings: { temperature: 3 } }, 'settings.temperature'],
  ['POST', '/api/sessions', { settings: { top_k: 1 } }, 'settings.top_k'],
  ['POST', '/api/sessions', { settings: [] }, 'settings'],
  ['POST', '/api/sessions', { metadata: [] }, 'metadata'],
  ['POST', '/api/sessions', { metadata: { a: 'x'.repeat(17_000) } }, 'metadata', 413],
  [
    'POST',
    '/api/sessions',
    { metadata: JSON.parse('{"a":'.repeat(20) + '1' + '}'.repeat(20)) },
    'metadata',
  ],
  ['POST', '/api/sessions', { keep: 'yes' }, 'keep'],
  ['POST', '/api/sessions', { owner: 'ben' }, 'owner'],
  ['POST', '/api/sessions', [], null],
  ['POST', '/api/sessions', 'null', null],
  ['POST', '/api/sessions', '{"title":', null],
  ['POST', '/api/sessions', '{"title":"a","title":"b"}', 'title'],
  ['POST', '/api/sessions', '{"__proto__":{"title":"a"}}', '__proto__'],
  ['POST', '/api/sessions', `{"metadata":${'['.repeat(1000)}${']'.repeat(1000)}}`, null],
  ['POST', '/api/sessions', Buffer.from([0x7b, 0xff, 0x7d]), null],
  ['PATCH', BASE, { id: 's2' }, 'id'],
  ['PATCH', BASE, { head: 'msg_1' }, 'head'],
  ['POST', `${BASE}/messages`, {}, 'content'],
  ['POST', `${BASE}/messages`, { content: '' }, 'content'],
  ['POST', `${BASE}/messages`, { content: ' \n' }, 'content'],
  ['POST', `${BASE}/messages`, { content: ['hi'] }, 'content'],
  ['POST', `${BASE}/messages`, { content: `${LONG}x` }, 'content', 413],
  ['POST', `${BASE}/messages`, { content: 'a', message: 'b' }, 'message'],
  ['POST', `${BASE}/messages`, { content: 'a', when_busy: 'never' }, 'when_busy'],
  ['POST', `${BASE}/messages`, { content: 'a', on_disconnect: 'cancel' }, 'on_disconnect'],
  ['POST', `${BASE}/messages`, { content: 'a', client_message_id: 'a b' }, 'client_message_id'],
  ['POST', `${BASE}/messages`, { content: 'a', attachments: ['a/b'] }, 'attachments[0]'],
  ['POST', `${BASE}/messages`, { content: 'a', model: '' }, 'model'],
  ['POST', `${BASE}/messages`, { content: 'a', temperature: 1 }, 'temperature'],
  ['POST', `${BASE}/messages/msg_1/edit`, {}, 'content'],
  ['POST', `${BASE}/messages/msg_1/edit`, { content: 'a', message_id: 'msg_2' }, 'message_id'],
  ['POST', `${BASE}/messages/msg_1/regenerate`, { content: 'a' }, 'content'],
  ['POST', `${BASE}/clear`, { all: true }, 'all'],
  ['POST', `${BASE}/extend`, { hours: 0 }, 'hours'],
  ['POST', `${BASE}/extend`, { hours: 1.5 }, 'hours'],
  ['POST', `${BASE}/fork`, { message_id: 7 }, 'message_id'],
  ['POST', `${BASE}/cancel`, { run_id: '' }, 'run_id'],
  ['POST', `${BASE}/continue`, {}, 'run_id'],
  ['POST', `${BASE}/choose`, { message_id: null }, 'message_id'],
  ['GET', '/api/sessions?limit=0', undefined, 'limit'],
  ['GET', '/api/sessions?limit=51', undefined, 'limit'],
  ['GET', '/api/sessions?limit=x', undefined, 'limit'],
  ['GET', '/api/sessions?search=a&search=b', undefined, 'search'],
  ['GET', '/api/sessions?owner=ben', undefined, 'owner'],
  ['GET', `/api/sessions?search=${'x'.repeat(1025)}`, undefined, 'search'],
  ['GET', `${BASE}/messages?limit=101`, undefined, 'limit'],
  ['GET', `${BASE}/messages?after=1`, undefined, 'after'],
  ['GET', `${BASE}/export?format=pdf`, undefined, 'format'],
  ['GET', `${BASE}/events?position=x`, undefined, 'position'],
  ['POST', '/api/tickets', { ttl: 1 }, 'ttl'],
  ['GET', '/cost-summary?session_id=a%20b', undefined, 'session_id'],
  ['POST', '/cost-summary/reset', { all: true }, 'all'],
]

describe('a mistake', () => {
  it.each(
    WRONG.map(([method, path, body, param, status = 400], at) => ({
      at,
      method,
      path: path.slice(0, 80),
      url: path,
      body,
      param,
      status,
    })),
  )('$at: $method $path names $param', async ({ method, url, body, param, status }) => {
    const { send, given } = await start()
    const refused = await send(url, {
      method,
      ...(body !== undefined && { body: body as object | string | Buffer }),
    })
    expect([refused.status, refused.text]).toEqual([status, expect.any(String)])
    expect(refused.json.error).toMatchObject({
      type: 'invalid_request_error',
      param,
      message: expect.stringMatching(/^.{5,300}\.$/),
    })
    expect(given()).toEqual([])
  })

  it('of size is refused before it is read', async () => {
    const { send } = await start()
    const body = { content: 'x'.repeat(3_000_000) }
    expect((await send(`${BASE}/messages`, { body })).status).toBe(413)
  })

  it('of no size is none: a message may have 256 KB', async () => {
    const { send, chat } = await start()
    expect((await send(`${BASE}/messages`, { body: { content: LONG } })).status).toBe(202)
    const escaped = `{"content":"${'\\u0061'.repeat(256 * 1024)}"}`
    expect((await send(`${BASE}/messages`, { body: escaped })).status).toBe(202)
    expect(chat.only().messages).toHaveLength(4)
  })
})

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

describe('every route', () => {
  it.each(Object.entries(SESSION_ROUTES))(
    '%s says which methods it takes',
    async (name, actions) => {
      const { send } = await start()
      const path = name.replaceAll(/\{session_id\}/g, 's1').replaceAll(/\{\w+\}/g, 'x')
      for (const method of METHODS) {
        const { GET: got } = actions
        const hasHead = got !== undefined && !EVENT_STREAMS.has(got)
        if (method in actions || (method === 'HEAD' && hasHead)) continue
        const refused = await send(path, { method })
        expect(`${method} ${refused.status}`).toBe(`${method} 405`)
        const allowed = [...Object.keys(actions), ...(hasHead ? ['HEAD'] : [])]
        expect(refused.headers.allow?.split(', ').toSorted()).toEqual(allowed.toSorted())
      }
    },
  )

  it.each(Object.keys(SESSION_ROUTES))('%s needs a key if there is one', async (name) => {
    const { send } = await startDoors({ keys: ['key'] })
    const path = name.replaceAll(/\{\w+\}/g, 'x')
    for (const method of Object.keys(SESSION_ROUTES[name] ?? {})) {
      expect((await send(path, { method })).status).toBe(401)
      const headers = bearer('wrong')
      expect((await send(path, { method, headers })).status).toBe(401)
    }
  })

  it('answers in the form of OpenAI, whatever else the request looks like', async () => {
    const { send } = await start()
    const refused = await send(`${BASE}/messages`, {
      body: {},
      headers: { 'anthropic-version': '2023-06-01' },
    })
    expect(refused.json).toMatchObject({ error: { type: 'invalid_request_error' } })
  })

  it.each([
    '/api/sessions/',
    '/api/sessions/s1/',
    '/api/sessions/s1/nothing',
    '/api/nothing',
    '/cost-summary/',
    '/api/sessions/s1/messages/a/b/edit',
  ])('is none at %s', async (path) => {
    const { send } = await start()
    expect((await send(path)).status).toBe(404)
  })
})
