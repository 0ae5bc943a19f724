/** Sessions through the doors of a complete Sluice: its models, its keys and its database. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AppOptions } from '#app'
import { GPT } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse, upstreamForTest } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import {
  isType,
  openEvents,
  openSession,
  tokensOf,
} from '../../tools/server/chat/session-client.ts'
import type { Answer } from '../../tools/upstream/start.ts'
import { bearer } from '../../tools/server/chat/start-doors.ts'

const CHAT = { chat: { model: GPT } }
const PATH = '/ws/session/mine'
const LONG = { parts: [{ text: 'word '.repeat(60) }], paceMs: 10, pieces: 60 }
const ASK = { type: 'message', content: 'hello' }

describe('a message', () => {
  it('is answered on every door, and is there afterwards', async () => {
    const { sluice, upstream } = await startHouse(CHAT)
    upstream.next({ parts: [{ text: 'Grüße an alle' }], pieces: 3 })
    const client = await openSession(sluice.url, PATH)
    const events = await openEvents(sluice.url, '/api/sessions/mine/events')
    client.send(ASK)
    await client.answers(1)
    await events.until('the end', (all) => all.some(({ event }) => event === 'run_end'))
    expect(tokensOf(client.frames)).toBe('Grüße an alle')
    expect(
      events
        .events()
        .slice(1)
        .map(({ data }) => data),
    ).toEqual(client.frames.slice(1))
    const seqs = client.frames.slice(1).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, at) => at + 1))
    const { json } = await sluice.send('/api/sessions/mine/messages')
    expect(json).toMatchObject({
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: 'Grüße an alle', status: 'done', model: GPT },
      ],
    })
    const list = await sluice.send('/api/sessions?search=hello')
    expect(list.json).toMatchObject({ sessions: [{ id: 'mine', title: 'hello' }] })
    const exported = await sluice.send('/api/sessions/mine/export?format=markdown')
    expect(exported.text).toContain('Grüße an alle')
    expect((await sluice.send('/cost-summary?session_id=mine')).status).toBe(200)
    const run = client.frames.find(isType('run_start'))?.run_id
    const prompt = await sluice.send(`/api/sessions/mine/runs/${String(run)}/prompt`)
    expect(prompt.text).toContain('hello')
  })

  it('is answered though its sender leaves before the first token', async () => {
    const { sluice, upstream } = await startHouse(CHAT)
    upstream.next({ ...LONG, paceMs: 2 })
    const client = await openSession(sluice.url, PATH)
    client.send(ASK)
    await client.until('it is there', isType('user_message'))
    client.socket.terminate()
    await eventually('the model was asked', () => callsOf(upstream).length === 1)
    const again = await openSession(sluice.url, `${PATH}?position=0.0`)
    await again.answers(1)
    expect(tokensOf(again.frames)).toBe('word '.repeat(60))
  })

  it('is shown from its beginning to a client that comes in the middle', async () => {
    const { sluice, upstream } = await startHouse(CHAT)
    upstream.next(LONG)
    const first = await openSession(sluice.url, PATH)
    first.send(ASK)
    await eventually('the middle', () => tokensOf(first.frames).length > 50)
    for (let at = 0; at < 5; at++) {
      const late = await openSession(sluice.url, PATH)
      const greeting = await late.until('a greeting', isType('connected'))
      expect(greeting.active_run).toMatch(/^run_/)
      await late.answers(1)
      const history = late.frames.find(isType('history')) as unknown as {
        readonly messages: readonly { readonly content: string; readonly status: string }[]
      }
      const answer = history.messages.at(-1)
      expect(answer?.status).toBe('running')
      expect((answer?.content ?? '') + tokensOf(late.frames)).toBe('word '.repeat(60))
      upstream.next(LONG)
      first.send(ASK)
      await eventually('the next', () => first.frames.at(-1)?.type === 'token')
    }
  })

  it('is read without a gap by a client that reconnects at random positions', async () => {
    const { sluice, upstream } = await startHouse(CHAT)
    upstream.next({ ...LONG, paceMs: 15 })
    const first = await openSession(sluice.url, PATH)
    first.send(ASK)
    let text = ''
    let position = '0.0'
    for (let isOver = false; !isOver;) {
      const client = await openSession(sluice.url, `${PATH}?position=${position}`)
      const most = 2 + Math.floor(Math.random() * 12)
      await client.until(
        'some',
        () => client.frames.length > most || client.frames.some(isType('run_end')),
      )
      client.socket.terminate()
      for (const frame of client.frames.slice(1)) {
        text += frame.type === 'token' ? String(frame.token) : ''
        position = `${String(frame.epoch)}.${String(frame.seq)}`
        isOver ||= frame.type === 'run_end'
      }
    }
    expect(text).toBe('word '.repeat(60))
  })
})

describe('stop', () => {
  it.each(['the same socket', 'another socket', 'a route'])(
    'by %s closes the upstream, and keeps the text',
    async (by) => {
      const { sluice, upstream } = await startHouse(CHAT)
      upstream.next(LONG)
      const client = await openSession(sluice.url, PATH)
      const other = await openSession(sluice.url, PATH)
      client.send(ASK)
      await client.until('a token', isType('token'))
      if (by === 'a route')
        expect(await sluice.send('/api/sessions/mine/cancel', { method: 'POST' })).toMatchObject({
          status: 200,
          json: { status: 'done' },
        })
      else (by === 'another socket' ? other : client).send({ type: 'cancel' })
      await client.answers(1)
      await other.answers(1)
      expect(client.frames.at(-1)).toMatchObject({
        type: 'run_end',
        status: 'cancelled',
        result: tokensOf(client.frames),
      })
      await eventually('the upstream is closed', () => upstream.calls.at(-1)?.closedEarly === true)
      const { json } = await sluice.send('/api/sessions/mine/messages')
      expect(json).toMatchObject({ messages: [{}, { status: 'cancelled' }] })
    },
  )

  it('before the first token is one, too', async () => {
    let reply: Answer = { fault: { neverAnswer: true } }
    const { sluice } = await startHouse({ ...CHAT, upstream: { reply: () => reply } })
    const client = await openSession(sluice.url, PATH)
    for (let at = 0; at < 10; at++) {
      client.send(ASK)
      client.send({ type: 'cancel' })
      await client.answers(at + 1)
      expect(client.frames.at(-1)).toMatchObject({ type: 'run_end', status: 'cancelled' })
    }
    reply = { parts: [{ text: 'at last' }] }
    client.send(ASK)
    await client.answers(11)
    expect(client.frames.at(-1)).toMatchObject({ status: 'done', result: 'at last' })
  })
})

it('a server that goes down lets an answer end, and says where to read on', async () => {
  const { sluice, upstream } = await startHouse({ ...CHAT, drainMs: 10_000 })
  upstream.next({ ...LONG, paceMs: 5 })
  const client = await openSession(sluice.url, PATH)
  const events = await openEvents(sluice.url, '/api/sessions/mine/events?position=0.0')
  client.send(ASK)
  await client.until('a token', isType('token'))
  const closed = sluice.close()
  const { code, reason } = await client.ended
  expect(code).toBe(1012)
  expect(client.frames.map(({ type }) => type).slice(-2)).toEqual(['run_end', 'going_away'])
  expect(client.frames.at(-2)).toMatchObject({ status: 'done' })
  expect(reason).toBe(client.frames.at(-1)?.position)
  expect(await events.ended).toBe('broken')
  await closed
})

it('a session is read on after a restart, from the position of the close', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-session-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const upstream = await upstreamForTest()
  const options: Partial<AppOptions> = {
    ...CHAT,
    rows: { folder },
    providers: [openaiAt(upstream.url)],
    drainMs: 100,
  }
  const before = await sluiceForTest(options)
  upstream.next(LONG)
  const client = await openSession(before.url, PATH)
  client.send({ ...ASK, client_message_id: 'c-1' })
  await client.until('a token', isType('token'))
  await before.close()
  const { code, reason } = await client.ended
  expect(code).toBe(1012)

  const after = await sluiceForTest(options)
  const again = await openSession(after.url, `${PATH}?position=${reason}`)
  if (!client.frames.some(isType('run_end'))) await again.answers(1)
  const frames = [...client.frames, ...again.frames]
  const end = frames.find(isType('run_end'))
  expect(end).toMatchObject({ status: 'interrupted', result: tokensOf(frames) })
  again.send({ ...ASK, client_message_id: 'c-1' })
  upstream.next({ parts: [{ text: 'once more' }] })
  again.send({ type: 'message', content: 'go on' })
  await again.until(
    'the next answer',
    (frame) => frame.type === 'run_end' && frame.status === 'done',
  )
  expect(callsOf(upstream)).toHaveLength(2)
  expect(callsOf(upstream)[1]?.rawBody.toString()).toContain(tokensOf(client.frames).trim())
})

it('owners have sessions of their own, and a ticket is one of them', async () => {
  const { sluice, upstream } = await startHouse({ ...CHAT, keys: ['ann', 'ben'] })
  upstream.next({ parts: [{ text: 'for ann' }] })
  const ticket = await sluice.send('/api/tickets', { body: {}, headers: bearer('ann', 'user') })
  const client = await openSession(sluice.url, `${PATH}?ticket=${String(ticket.json.ticket)}`)
  client.send(ASK)
  await client.answers(1)
  for (const headers of [bearer('ann'), bearer('ben'), bearer('ben', 'user')])
    expect((await sluice.send('/api/sessions/mine', { headers })).status).toBe(404)
  expect((await sluice.send('/api/sessions/mine', { headers: bearer('ann', 'user') })).status).toBe(
    200,
  )
})

it('the page of the documentation has the complete answer though its connection breaks', async () => {
  const { sluice, upstream } = await startHouse(CHAT)
  upstream.next(LONG)
  const [, page = ''] = /```js\n([^]*?)```/.exec(readFileSync('docs/chat.md', 'utf8')) ?? []
  const sockets: WebSocket[] = []
  class Recorded extends WebSocket {
    constructor(address: string) {
      super(address.replace('127.0.0.1:3000', new URL(sluice.url).host))
      sockets.push(this)
    }
  }
  let text = ''
  let isOver = false
  runInNewContext(page, {
    WebSocket: Recorded,
    document: { body: { append: (piece: string) => (text += piece) } },
    setTimeout: (again: () => void) => (isOver ? undefined : setTimeout(again, 10)),
  })
  for (const length of [20, 60, 120, 200]) {
    await eventually(`${length} characters`, () => text.length >= length)
    sockets.at(-1)?.close()
  }
  await eventually('the complete answer', () => text.length >= 300)
  isOver = true
  for (const socket of sockets) socket.close()
  expect(text).toBe('word '.repeat(60))
  expect(sockets.length).toBeGreaterThan(2)
  expect(callsOf(upstream)).toHaveLength(1)
})
