/** The frames of each door, as its clients know them. */
import { beforeAll, describe, expect, it } from 'vitest'
import { canonical, chatWs, client, type Dialect, loadJudges, plain, room } from '#chat'
import { GatewayError } from '#model'
import { answers, asks, COSTS, OVERLOADED } from '../../tools/chat/scripted-events.ts'
import { framesOf, scriptedSession } from '../../tools/chat/scripted-session.ts'

beforeAll(loadJudges)

const TALK = [
  asks('m1', 'Hello?'),
  ...answers({ id: 'run_1', to: 'm1', tokens: ['Hel', 'lo.'], reasoning: ['Hm.'] }),
]
const session = scriptedSession(TALK)

const sent = (dialect: Dialect, behind = 0, upTo = TALK.length): unknown[] =>
  framesOf(dialect, session.opened(behind), session.after(`1.${behind}`, upTo)).map(
    ({ text }) => JSON.parse(text) as unknown,
  )

const at = (seq: number) => ({ run_id: 'run_1', seq, epoch: 1 })

describe('/chat/ws', () => {
  it('sends the frames of an answer in this order', () => {
    expect(sent(chatWs)).toEqual([
      {
        type: 'connected',
        session_id: 'room-1',
        message: 'The session was made.',
        position: '1.0',
      },
      { type: 'llm_start', model: 'demo', ...at(3) },
      { type: 'token', token: 'Hel', token_count: 1, cost: 0.001, ...at(7) },
      { type: 'token', token: 'lo.', token_count: 2, cost: 0.002, ...at(8) },
      { type: 'llm_end', cost_summary: COSTS, ...at(9) },
      { type: 'done', result: 'Hello.', cost_summary: COSTS, ...at(10) },
    ])
  })

  it('begins the answer in progress for a connection that comes later', () => {
    expect(sent(chatWs, 7, 8)).toEqual([
      expect.objectContaining({ type: 'connected', position: '1.7' }),
      { type: 'llm_start', model: 'demo', ...at(7) },
      { type: 'token', token: 'Hel', token_count: 1, cost: null, ...at(7) },
      { type: 'token', token: 'lo.', token_count: 2, cost: 0.002, ...at(8) },
    ])
  })

  it.each([
    ['cancelled', undefined, { type: 'cancelled', result: 'Hello.' }],
    [
      'failed',
      OVERLOADED,
      { type: 'error', status: 'failed', error: OVERLOADED, result: 'Hello.' },
    ],
    ['interrupted', undefined, { type: 'error', status: 'interrupted', result: 'Hello.' }],
  ] as const)('tells that a run was %s', (status, error, frame) => {
    const log = scriptedSession(
      answers({ id: 'run_1', to: 'm1', status, ...(error && { error }) }).slice(-1),
    )
    const [, last] = framesOf(chatWs, log.opened(0), log.after('1.0'))
    expect(JSON.parse(last?.text ?? '')).toMatchObject({ ...frame, result: 'Hello.', ...at(1) })
  })
})

describe('/ws/chat/{session_id}', () => {
  it('sends the question to everybody, the answer, and all of it at its end', () => {
    const answer = { message_id: 'answer_run_1' }
    expect(sent(room)).toEqual([
      {
        type: 'user_message',
        content: 'Hello?',
        message_id: 'm1',
        parent_id: null,
        client_message_id: 'client_m1',
        seq: 1,
        epoch: 1,
      },
      { type: 'stream_start', model: 'demo', parent_id: 'm1', ...answer, ...at(2) },
      { type: 'stream_token', content: 'Hel', ...at(7) },
      { type: 'stream_token', content: 'lo.', ...at(8) },
      { type: 'stream_end', content: 'Hello.', status: 'done', ...answer, ...at(10) },
    ])
  })

  it('sends the history first, only where there are messages', () => {
    expect(sent(room, TALK.length)).toEqual([
      {
        type: 'history',
        messages: [
          expect.objectContaining({
            role: 'user',
            content: 'Hello?',
            timestamp: '2026-11-29T12:00:00.000Z',
          }),
          expect.objectContaining({ role: 'assistant', content: 'Hello.', run_id: 'run_1' }),
        ],
        position: '1.10',
      },
    ])
    expect(sent(room, 0, 0)).toEqual([])
  })
})

describe('/ws/{client_id}', () => {
  it('sends pieces of data', () => {
    expect(sent(client)).toEqual([
      { type: 'stream_start', data: '', model: 'demo', ...at(2) },
      { type: 'token', data: 'Hel', ...at(7) },
      { type: 'token', data: 'lo.', ...at(8) },
      { type: 'stream_end', data: '', result: 'Hello.', status: 'done', ...at(10) },
    ])
  })

  it('has its answers cancelled when the client leaves, unless it wants otherwise', () => {
    const { decode } = client.open(session.opened(0))
    expect(decode('{"type":"chat","content":"Hi"}')).toMatchObject({ on_disconnect: 'cancel' })
    expect(decode('{"type":"chat","content":"Hi","on_disconnect":"continue"}')).toMatchObject({
      on_disconnect: 'continue',
    })
  })
})

describe.each([chatWs, room, client])('the dialect $name', (dialect) => {
  const { decode, fail, leave, nothingToCancel, pong } = dialect.open(session.opened(0))

  it.each([
    ['{"type":"message","content":"Hi"}', { type: 'message', content: 'Hi' }],
    ['{"type":"chat","message":"Hi"}', { type: 'message', content: 'Hi' }],
    ['{"message":"Hi","user":"ann","timestamp":17}', { type: 'message', content: 'Hi' }],
    ['{"type":"cancel"}', { type: 'cancel' }],
    ['{"type":"cancel","run_id":"run_1","session_id":"s"}', { type: 'cancel', run_id: 'run_1' }],
    [
      '{"type":"edit","message_id":"m1","content":"Ho"}',
      { type: 'edit', message_id: 'm1', content: 'Ho' },
    ],
    ['{"type":"regenerate","message_id":"m1"}', { type: 'regenerate', message_id: 'm1' }],
    ['{"type":"continue","run_id":"run_1"}', { type: 'continue', run_id: 'run_1' }],
    ['{"type":"clear_history"}', { type: 'clear_history' }],
    ['{"type":"resume","position":"1.2"}', { type: 'resume', position: '1.2' }],
    ['{"type":"ping","at":1}', { type: 'ping' }],
  ])('reads %s', (text, command) => {
    expect(decode(text)).toMatchObject(command)
  })

  it.each([
    ['', undefined],
    ['Hello', undefined],
    ['[]', undefined],
    ['{}', 'type'],
    ['{"type":7}', 'type'],
    ['{"type":"__proto__"}', 'type'],
    ['{"type":"constructor","content":"Hi"}', 'type'],
    ['{"type":"sing"}', 'type'],
    ['{"type":"message"}', 'content'],
    ['{"type":"message","content":""}', 'content'],
    ['{"type":"message","content":["Hi"]}', 'content'],
    ['{"type":"message","content":"Hi","when_busy":"never"}', 'when_busy'],
    ['{"type":"edit","content":"Ho"}', 'message_id'],
    ['{"type":"regenerate","message_id":{}}', 'message_id'],
    ['{"type":"cancel","run_id":5}', 'run_id'],
    ['{"type":"resume"}', 'position'],
  ])('refuses %s and names the field', (text, param) => {
    const refused = (() => {
      try {
        return decode(text)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(refused).toBeInstanceOf(GatewayError)
    expect(refused).toMatchObject({ code: 'invalid_request', param })
  })

  it('tells errors, where the client reads on, and that it is there', () => {
    const error = new GatewayError('conflict', 'A run is in progress.', {
      vendorCode: 'session_busy',
    })
    const [told] = fail(error, 'run_1').map(({ text }) => JSON.parse(text) as object)
    expect(told).toMatchObject({ type: 'error', run_id: 'run_1' })
    expect(JSON.stringify(told)).toContain('session_busy')
    expect(told).not.toHaveProperty('seq')
    expect(leave('1.7', 'It restarts.').map(({ text }) => JSON.parse(text) as object)).toEqual([
      { type: 'going_away', position: '1.7', reason: 'It restarts.' },
    ])
    expect(pong().map(({ text }) => JSON.parse(text) as object)).toEqual([{ type: 'pong' }])
    expect(nothingToCancel('run_1').map(({ text }) => text)).toEqual([
      '{"type":"nothing_to_cancel","run_id":"run_1"}',
    ])
  })

  it('writes an event once for all readers', () => {
    const [first, second] = [dialect.open(session.opened(0)), dialect.open(session.opened(0))]
    const event = session.log[6]
    if (!event) throw new Error('there is no such event')
    expect(first.encode(event)[0]).toBe(second.encode(event)[0])
  })
})

describe('the dialects', () => {
  it('have names of their own', () => {
    const names = [canonical, chatWs, room, client, plain].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
