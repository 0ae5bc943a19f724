/** `POST /api/chat`, from the request to the upstream. */
import { describe, expect, it } from 'vitest'
import { GPT } from '../../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../../tools/app/house.ts'
import { eventually, within } from '../../../tools/app/within.ts'

const ask = (message: string, more: object = {}) => ({ message, model: GPT, ...more })
const STALLED = { parts: [{ text: 'one two three' }], pieces: 3, fault: { stallAfterEvents: 3 } }

describe('a question', () => {
  it('is answered in one piece, and so is the next one', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ parts: [{ text: 'Hello, Ann.' }] }, { parts: [{ text: 'Ann.' }] })
    const first = await sluice.send('/api/chat', { body: ask('I am Ann.') })
    expect(first.status).toBe(200)
    expect(first.json).toMatchObject({
      response: 'Hello, Ann.',
      session_id: expect.stringMatching(/^ses_\w{22}$/),
      message_id: expect.stringMatching(/^msg_\w{22}$/),
      message_count: 2,
      latency_ms: expect.any(Number),
      status: 'success',
      moderated: false,
      input_flagged: false,
      usage: { total_tokens: expect.any(Number) },
      cost_summary: { model: expect.any(String), total_cost: expect.any(Number) },
    })
    const { session_id } = first.json
    const second = await sluice.send('/api/chat', { body: ask('Who am I?', { session_id }) })
    expect(second.json).toMatchObject({ response: 'Ann.', message_count: 4, session_id })
    expect(JSON.stringify(callsOf(upstream)[1]?.body)).toContain('I am Ann.')
  })

  it('is answered once, even if it comes twice', async () => {
    const { upstream, sluice } = await startHouse()
    const body = ask('Hello', { session_id: 'den', client_message_id: 'c-1' })
    const first = await sluice.send('/api/chat', { body })
    const second = await sluice.send('/api/chat', { body })
    expect(second.json.response).toBe(first.json.response)
    expect(second.json.message_id).toBe(first.json.message_id)
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it.each([
    ['no message', {}, 'content'],
    ['a message that is no text', { message: ['Hi'] }, 'content'],
    ['an empty message', { message: ' ' }, 'content'],
    ['an impossible session', { message: 'Hi', session_id: '__proto__' }, 'session_id'],
    ['a session that is no text', { message: 'Hi', session_id: 5 }, 'session_id'],
  ])('is refused for %s', async (_, body, param) => {
    const { upstream, sluice } = await startHouse()
    const { status, json } = await sluice.send('/api/chat', { body })
    expect(status).toBe(400)
    expect(json).toMatchObject({ error: { param } })
    expect(callsOf(upstream)).toEqual([])
  })

  it.each(['', '[]', '"Hi"', '{"message":"a","message":"b"}', '{'])(
    'is refused for the body %j',
    async (body) => {
      const { sluice } = await startHouse()
      expect((await sluice.send('/api/chat', { method: 'POST', body })).status).toBe(400)
    },
  )

  it('is a 404 for a session that was not made', async () => {
    const { sluice } = await startHouse()
    const body = ask('Hi', { session_id: 'ses_0000000000000000000000' })
    expect((await sluice.send('/api/chat', { body })).status).toBe(404)
  })

  it('has the status of the failure if the answer fails', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ fault: { status: 400, body: { error: { message: 'No.', code: 'no' } } } })
    const { status, json } = await sluice.send('/api/chat', { body: ask('Hi') })
    expect(status).toBe(400)
    expect(json).toMatchObject({ error: { message: expect.stringContaining('No.') } })
  })

  it('is told that its answer was cancelled', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next(STALLED)
    const asking = sluice.send('/api/chat', { body: ask('Hi', { session_id: 'den' }) })
    await eventually('it is asked', () => (callsOf(upstream)[0]?.bytesWritten ?? 0) > 0)
    await sluice.send('/api/sessions/den/cancel', { body: {} })
    const { status, json } = await within(30_000, 'the answer', asking)
    expect(status).toBe(499)
    expect(json).toMatchObject({ error: { code: 'cancelled' } })
  })
})

describe('a client that leaves', () => {
  it.each([
    ['goes on by default', {}, false],
    ['is cancelled if it says so', { on_disconnect: 'cancel' }, true],
  ])('has a run that %s', async (_, more, isLeft) => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ parts: [{ text: 'one two three four' }], pieces: 40, paceMs: 20 })
    const control = new AbortController()
    const body = ask('Hi', { session_id: 'den', ...more })
    const asking = sluice.send('/api/chat', { body, signal: control.signal }).catch(() => undefined)
    await eventually('it is asked', () => (callsOf(upstream)[0]?.bytesWritten ?? 0) > 0)
    control.abort()
    await asking
    await within(30_000, 'the upstream is done', callsOf(upstream)[0]!.closed)
    expect(callsOf(upstream)[0]!.closedEarly).toBe(isLeft)
  })
})
