/** The canonical dialect: every event as it is, and every command with the field that is wrong. */
import { beforeAll, describe, expect, it } from 'vitest'
import { canonical, type DialectSession, loadJudges } from '#chat'
import { GatewayError, type LogEvent } from '#model'
import { NO_COST } from '../../tools/chat/fake-chat.ts'

beforeAll(loadJudges)

const SESSION: DialectSession = {
  id: 'ses_1',
  isNew: false,
  position: '2.7',
  head: 'msg_2',
  activeRun: 'run_3',
  history: [],
}

const open = (session: Partial<DialectSession> = {}) => canonical.open({ ...SESSION, ...session })

/** One of each kind. */
const EVENTS: readonly LogEvent[] = [
  {
    type: 'user_message',
    message_id: 'msg_1',
    parent_id: null,
    content: '"\\\n\u2028 😀',
    client_message_id: 'c1',
    user: 'ann',
    attachments: [{ upload_id: 'up_1', name: 'a.png', type: 'image/png', bytes: 7 }],
  },
  { type: 'queued', message_id: 'msg_1', content: 'hi', place: 1 },
  { type: 'dequeued', message_id: 'msg_1' },
  { type: 'run_start', run_id: 'run_1', message_id: 'msg_2', parent_id: 'msg_1', model: 'm' },
  { type: 'llm_start', run_id: 'run_1', step: 1, model: 'm', target: 'p/m' },
  { type: 'part_start', run_id: 'run_1', part: 0, kind: 'text' },
  { type: 'token', run_id: 'run_1', part: 0, token: '"\\\n\u2028 😀', token_count: 1, cost: null },
  { type: 'token', run_id: 'run_1', part: 0, token: '', token_count: 2, cost: 1.5e-7 },
  { type: 'reasoning', run_id: 'run_1', part: 1, token: 'hm "' },
  { type: 'citation', run_id: 'run_1', index: 1, url: 'https://a.example' },
  { type: 'llm_end', run_id: 'run_1', step: 1, cost_summary: NO_COST },
  {
    type: 'run_end',
    run_id: 'run_1',
    message_id: 'msg_2',
    status: 'done',
    result: 'hi',
    finish_reason: 'stop',
    cost_summary: NO_COST,
  },
  { type: 'session_updated', title: 'A title' },
  { type: 'head', message_id: null },
  { type: 'history_cleared' },
]

describe('an event of the log', () => {
  it.each(EVENTS)('$type is written as it is, with its stamp', (event) => {
    const sent = { seq: 8, epoch: 2, at: 1_700_000_000_123, event }
    const [frame, ...more] = open().encode(sent)
    expect(more).toEqual([])
    expect(frame?.name).toBe(event.type)
    expect(JSON.parse(frame?.text ?? '')).toEqual({
      ...event,
      seq: 8,
      epoch: 2,
      at: '2023-11-14T22:13:20.123Z',
      session_id: 'ses_1',
    })
  })

  it('is written once for all connections', () => {
    const sent = { seq: 8, epoch: 2, at: 0, event: EVENTS[6]! }
    const [first] = open().encode(sent)
    for (let at = 0; at < 100; at++) expect(open().encode(sent)[0]).toBe(first)
  })

  it('is written again after so many others, and the same', () => {
    const sent = { seq: 8, epoch: 2, at: 0, event: EVENTS[6]! }
    const [first] = open().encode(sent)
    for (let seq = 0; seq < 300; seq++) open().encode({ ...sent, seq })
    expect(open().encode(sent)[0]).toEqual(first)
  })
})

describe('what one reader is sent', () => {
  it('begins with the session, and with its history if there is one', () => {
    const connected = {
      type: 'connected',
      session_id: 'ses_1',
      message: 'The session is open.',
      position: '2.7',
      head: 'msg_2',
      active_run: 'run_3',
    }
    expect(
      open()
        .greet()
        .map(({ text }) => JSON.parse(text)),
    ).toEqual([connected])
    const message = {
      message_id: 'msg_1',
      parent_id: null,
      role: 'user' as const,
      content: 'hi',
      parts: [],
      status: 'done' as const,
      created_at: '2023-11-14T22:13:20.123Z',
    }
    expect(
      open({ history: [message] })
        .greet()
        .map(({ text }) => JSON.parse(text)),
    ).toEqual([connected, { type: 'history', messages: [message], position: '2.7' }])
    const [made] = open({ isNew: true, head: null, activeRun: undefined }).greet()
    expect(JSON.parse(made?.text ?? '')).toEqual({
      type: 'connected',
      session_id: 'ses_1',
      message: 'The session was made.',
      position: '2.7',
      head: null,
    })
  })

  it('has no stamp', () => {
    const rewind = { type: 'rewind', to: '2.5' } as const
    expect(open().encode({ event: rewind })).toEqual([
      { text: '{"type":"rewind","to":"2.5"}', name: 'rewind' },
    ])
  })

  it('names the run and the field of an error', () => {
    const error = new GatewayError('rate_limited', 'Too much.', { param: 'content' })
    expect(open().fail(error, 'run_3')).toEqual([
      {
        name: 'error',
        text: '{"type":"error","error":{"message":"Too much.","type":"rate_limit_error","code":"rate_limited","param":"content"},"run_id":"run_3"}',
      },
    ])
  })

  it('ends with the position', () => {
    expect(open().leave('2.9', 'Bye.')[0]?.text).toBe(
      '{"type":"going_away","position":"2.9","reason":"Bye."}',
    )
    expect(open().pong()[0]?.text).toBe('{"type":"pong"}')
    expect(open().nothingToCancel()[0]?.text).toBe('{"type":"nothing_to_cancel"}')
  })
})

describe('a command', () => {
  it.each([
    {
      type: 'message',
      content: 'hi',
      client_message_id: 'c1',
      model: 'm',
      when_busy: 'queue',
      on_disconnect: 'cancel',
      attachments: ['up_1'],
      metadata: { a: 1 },
    },
    { type: 'cancel' },
    { type: 'cancel', run_id: 'run_1' },
    { type: 'edit', message_id: 'msg_1', content: 'hi', client_message_id: 'c1', model: 'm' },
    { type: 'regenerate', message_id: 'msg_1', when_busy: 'interrupt' },
    { type: 'continue', run_id: 'run_1' },
    { type: 'choose', message_id: 'msg_1' },
    { type: 'dequeue', message_id: 'msg_1' },
    { type: 'clear_history' },
    { type: 'ping' },
    { type: 'resume', position: '1.1' },
  ])('$type is read as it is', (command) => {
    expect(open().decode(JSON.stringify(command))).toEqual(command)
  })

  it('keeps no NUL and no half of a surrogate, which a database could not store', () => {
    expect(open().decode('{"type":"message","content":"a\\u0000b\\ud800c"}')).toEqual({
      type: 'message',
      content: 'a\ufffdb\ufffdc',
    })
  })

  it('contains no key', () => {
    expect(open().decode('{"type":"auth","key":"secret"}')).toEqual({ type: 'auth' })
  })
})
