/** Ids, frames and clients that are none. */
import { describe, expect, it } from 'vitest'
import { OPCODES, toFrame } from '../../fuzz/socket-frames.ts'
import { HOLD } from '../../tools/chat/fake-chat.ts'
import { openRawClient } from '../../tools/app/raw-client.ts'
import { eventually, within } from '../../tools/app/within.ts'
import { isType, openSession } from '../../tools/server/chat/session-client.ts'
import { toSessionCalls } from '../../tools/server/chat/session-calls.ts'
import { startDoors } from '../../tools/server/chat/start-doors.ts'
import { isError, refusedClient } from '../../tools/server/websocket/open-client.ts'
import { openRawSocket, toHandshake } from '../../tools/server/websocket/raw-socket.ts'

const PATH = '/ws/session/mine'

const IDS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '%2e%2e',
  '..',
  '.',
  '..%2f..%2fetc',
  'a%2Fb',
  'a%00b',
  'a%20b',
  'a%0d%0ab',
  '%',
  '%ff',
  '%F0%9F%98%80',
  "'%20OR%201=1",
  'x'.repeat(129),
  'x'.repeat(10_000),
]

const SOCKETS = [
  '/ws/session/',
  '/ws/chat/',
  '/ws/',
  '/chat/ws?session_id=',
  '/ws/chat?session_id=',
]

describe.each(IDS)('the id %s', (id) => {
  it('is the id of nothing, on every door', async () => {
    const { url, send, chat } = await startDoors()
    for (const door of SOCKETS) {
      const { status } = await refusedClient(url, door + id)
      // A client may take dots for steps of the path, and ask for `/`.
      expect([400, 404, 426]).toContain(status)
    }
    for (const at of ['session_id', 'message_id', 'run_id', 'upload_id'] as const) {
      const known = { session_id: 's1', message_id: 'msg_1', run_id: 'run_1', upload_id: 'upl_1' }
      const ids = { ...known, [at]: id }
      if (at !== 'session_id') await send('/api/sessions', { body: { id: 's1' } })
      for (const { name, method, path, body } of toSessionCalls(ids)) {
        if (!name.includes(`{${at}}`)) continue
        const answer = await send(path, { method, ...(body && { body }) })
        if (at === 'session_id') expect([400, 404]).toContain(answer.status)
        else expect(answer.status).toBeLessThan(500)
        expect(answer.json.error ?? {}).not.toHaveProperty('stack')
      }
    }
    expect([...chat.sessions.values()].map((session) => session.id)).toEqual(['s1'])
  })
})

const DEEP = '['.repeat(100_000) + ']'.repeat(100_000)

/** A frame, and the field that the refusal names. */
const BAD: readonly (readonly [string, string | Buffer, string | null, string?])[] = [
  ['binary', Buffer.from('{"type":"ping"}'), null],
  ['empty', '', null],
  ['no JSON', 'hello', null],
  ['a number', '7', null],
  ['a list', '[]', null],
  ['null', 'null', null],
  ['half an object', '{"type":"message"', null],
  ['two objects', '{"type":"ping"}{"type":"ping"}', null],
  ['deep', DEEP, null],
  ['without a type', '{"content":"hi"}', 'type'],
  ['with a type that is no text', '{"type":{}}', 'type'],
  ['of an unknown type', '{"type":"approve"}', 'type', 'unknown_frame_type'],
  ['of the type __proto__', '{"type":"__proto__"}', 'type', 'unknown_frame_type'],
  ['of the type constructor', '{"type":"constructor"}', 'type', 'unknown_frame_type'],
  ['with an unknown field', '{"type":"message","content":"hi","owner":"ben"}', 'owner'],
  ['with the field __proto__', '{"type":"message","content":"hi","__proto__":{}}', '__proto__'],
  ['without content', '{"type":"message"}', 'content'],
  ['with content that is no text', '{"type":"message","content":{}}', 'content'],
  ['with deep metadata', `{"type":"message","content":"hi","metadata":{"a":${DEEP}}}`, 'metadata'],
  ['with an id that is none', '{"type":"edit","message_id":"a b","content":"hi"}', 'message_id'],
  ['that resumes nowhere', '{"type":"resume"}', 'position'],
  ['that pings with a load', '{"type":"ping","load":"x"}', 'load'],
]

describe('a frame', () => {
  it.each(BAD)(
    'that is %s is refused, and the connection stays',
    async (_what, bad, param, code) => {
      const { url, chat } = await startDoors()
      const client = await openSession(url, PATH)
      client.socket.send(bad ?? '')
      const refused = await client.until('a refusal', isError)
      expect(refused.error).toMatchObject({
        type: 'invalid_request_error',
        code: code ?? 'invalid_request',
        param,
      })
      client.send({ type: 'message', content: 'hello' })
      await client.answers(1)
      expect(chat.only().commands).toHaveLength(1)
    },
  )

  it('that is bad ends the connection if two were before it, and the reason is the position', async () => {
    const { url } = await startDoors()
    const client = await openSession(url, PATH)
    client.send({ type: 'message', content: 'hello' })
    await client.answers(1)
    for (const frame of ['x', 'x', { type: 'ping' }, 'x', 'x']) client.send(frame)
    await eventually('four refusals', () => client.frames.filter(isError).length === 4)
    client.send('x')
    expect(await client.ended).toEqual({ code: 4400, reason: '1.5' })
    expect(client.frames.filter(isError)).toHaveLength(5)
  })

  it('that is too large for a message is understood', async () => {
    const { url } = await startDoors()
    const client = await openSession(url, PATH)
    for (let at = 0; at < 5; at++)
      client.send({ type: 'message', content: 'x'.repeat(256 * 1024 + 1) })
    await eventually('five refusals', () => client.frames.filter(isError).length === 5)
    expect(client.frames.at(-1)?.error).toMatchObject({
      code: 'request_too_large',
      param: 'content',
    })
    client.send({ type: 'message', content: 'x'.repeat(256 * 1024) })
    await client.answers(1)
  })

  it.each([
    ['in one piece', toFrame(OPCODES.text, Buffer.alloc(1024 * 1024 + 1, 0x20))],
    [
      'in many pieces',
      Buffer.concat([
        toFrame(OPCODES.text, Buffer.alloc(600_000, 0x20), { isLast: false }),
        toFrame(OPCODES.ping, Buffer.alloc(0)),
        toFrame(OPCODES.continuation, Buffer.alloc(600_000, 0x20)),
      ]),
    ],
    // Of so large a frame nothing is waited for.
    ['by its own account', Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
  ])('above 1 MiB %s ends the connection with 4413', async (_how, bytes) => {
    const { url, chat } = await startDoors()
    const client = await openRawSocket(url, PATH)
    client.write(bytes)
    expect(await client.closeCode()).toBe(4413)
    expect(client.received()).toContain('request_too_large')
    await eventually('it is left', () => chat.only().joined === 0)
  })

  it('of 1 MiB is read', async () => {
    const { url } = await startDoors()
    const client = await openSession(url, PATH)
    const pad = ' '.repeat(1024 * 1024 - 15)
    client.send(`{"type":"ping"${pad}}`)
    await client.until('a pong', isType('pong'))
  })

  it.each([
    ['is not masked', toFrame(OPCODES.text, Buffer.from('{}'), { isMasked: false }), 1002],
    ['is not UTF-8', toFrame(OPCODES.text, Buffer.from([0x22, 0xff, 0x22])), 1007],
  ])('that %s ends the connection', async (_what, bytes, code) => {
    const { url, chat } = await startDoors()
    const client = await openRawSocket(url, PATH)
    client.write(bytes)
    expect(await client.closeCode()).toBe(code)
    await eventually('it is left', () => chat.only().joined === 0)
  })
})

describe('a client', () => {
  it('that floods is answered, in order, and others are served meanwhile', async () => {
    const { url } = await startDoors()
    const flood = await openSession(url, PATH)
    const other = await openSession(url, '/ws/session/other')
    for (let at = 0; at < 20_000; at++) flood.socket.send('{"type":"cancel"}')
    other.send({ type: 'message', content: 'hello' })
    await other.answers(1)
    flood.send({ type: 'message', content: 'hello' })
    await flood.answers(1)
  })

  it('that sends and never reads is held to a bound', async () => {
    const { url, memory } = await startDoors({ keys: ['key'] })
    const client = await openRawClient(url, { reads: false })
    client.write(toHandshake(PATH, ['x-api-key: key']))
    await eventually('it is open', () => memory.heldBytes > 0)
    const ping = toFrame(OPCODES.text, Buffer.from('{"type":"ping"}'))
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => ping))
    for (let at = 0; at < 50; at++) client.write(many)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(memory.heldBytes).toBeLessThan(4 * 1024 * 1024)
    client.socket.destroy()
    await eventually('all is released', () => memory.heldBytes === 0)
  })

  it('that asks for everything again and again, and never reads, is sent it a few times', async () => {
    const { url, send, chat, memory } = await startDoors({ keys: ['key'] })
    const headers = { 'x-api-key': 'key' }
    await send('/api/sessions', { body: { id: 'mine' }, headers })
    const content = 'word '.repeat(2_000)
    await send('/api/sessions/mine/messages', { body: { content }, headers })
    const client = await openRawClient(url, { reads: false })
    client.write(toHandshake(PATH, ['x-api-key: key']))
    await eventually('it reads', () => chat.only().readers === 1)
    const again = toFrame(OPCODES.text, Buffer.from('{"type":"resume","position":"0.0"}'))
    for (let at = 0; at < 20; at++)
      client.write(Buffer.concat(Array.from({ length: 1_000 }, () => again)))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(chat.only().begun).toBeLessThan(50)
    expect(memory.heldBytes).toBeLessThan(16 * 1024 * 1024)
    client.socket.destroy()
    await eventually('it is left', () => chat.only().joined === 0)
    expect(memory.heldBytes).toBe(0)
  })

  it('that ends its half of the connection has left', async () => {
    const { url, chat } = await startDoors()
    const client = await openRawSocket(url, PATH)
    client.socket.end()
    await within(30_000, 'the connection ends', client.closed)
    await eventually('it is left', () => chat.only().joined === 0)
  })

  it('that does not answer a close is gone after two seconds', async () => {
    const { url, send, chat } = await startDoors()
    const client = await openRawSocket(url, PATH)
    await send('/api/sessions/mine/messages', { body: { content: HOLD } })
    await send('/api/sessions/mine', { method: 'DELETE' })
    await within(6_000, 'the connection ends', client.closed)
    expect(chat.sessions.size).toBe(0)
  }, 10_000)

  it('that leaves while its session is opened leaves nothing', async () => {
    const { url, chat } = await startDoors()
    for (let at = 0; at < 20; at++) {
      const client = await openRawClient(url)
      client.write(toHandshake(`/ws/session/s${at}`))
      client.socket.destroy()
    }
    await openSession(url, PATH)
    await eventually('all others are left', () =>
      [...chat.sessions.values()].every(({ id, joined }) => joined === (id === 'mine' ? 1 : 0)),
    )
  })

  it('that asks for a session by plain HTTP is told to upgrade', async () => {
    const { send } = await startDoors()
    expect((await send(PATH)).status).toBe(404)
  })
})
