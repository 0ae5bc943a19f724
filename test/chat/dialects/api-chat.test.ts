import { beforeAll, describe, expect, it } from 'vitest'
import { awaitChatEnd, loadJudges, readChatQuestion, writeChatAnswer } from '#chat'
import type { JsonObject, LogEvent, SentEvent } from '#model'
import {
  answers,
  asks,
  COSTS,
  OVERLOADED,
  type ScriptedRun,
} from '../../tools/chat/scripted-events.ts'
import { scriptedSession } from '../../tools/chat/scripted-session.ts'

beforeAll(loadJudges)

const endOf = (run: Partial<ScriptedRun> = {}) =>
  answers({ id: 'run_1', to: 'm1', ...run }).at(-1) as Extract<LogEvent, { type: 'run_end' }>

const write = (run: Partial<ScriptedRun> = {}) =>
  writeChatAnswer({ sessionId: 's1', end: endOf(run), messageCount: 2, latencyMs: 12.4 })

describe('the body of a question', () => {
  it.each([
    ['{"message":"Hi"}', undefined, { content: 'Hi' }],
    ['{"message":"Hi","session_id":null,"stream":false}', undefined, { content: 'Hi' }],
    ['{"content":"Hi","session_id":"s1","model":"demo"}', 's1', { content: 'Hi', model: 'demo' }],
  ])('is read: %s', (text, sessionId, command) => {
    expect(readChatQuestion(JSON.parse(text) as JsonObject)).toEqual({
      sessionId,
      command: { type: 'message', ...command },
    })
  })

  it.each([
    ['{}', 'content'],
    ['{"message":""}', 'content'],
    ['{"message":7}', 'content'],
    ['{"message":"Hi","session_id":7}', 'session_id'],
    ['{"message":"Hi","session_id":".."}', 'session_id'],
    ['{"message":"Hi","session_id":"__proto__"}', 'session_id'],
    ['{"message":"Hi","client_message_id":""}', 'client_message_id'],
  ])('is refused, with the field: %s', (text, param) => {
    expect(() => readChatQuestion(JSON.parse(text) as JsonObject)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param }),
    )
  })
})

describe('the answer', () => {
  it('has what clients expect', () => {
    expect(write()).toEqual({
      response: 'Hello.',
      session_id: 's1',
      message_id: 'answer_run_1',
      message_count: 2,
      latency_ms: 12,
      status: 'success',
      moderated: false,
      input_flagged: false,
      usage: { prompt_tokens: 8, completion_tokens: 4, total_tokens: 12 },
      cost_summary: COSTS,
    })
  })

  it.each([
    [{ status: 'failed', error: OVERLOADED }, 'upstream_overloaded', 529],
    [
      { status: 'failed', error: { ...OVERLOADED, type: 'rate_limit_error', code: 'slow_down' } },
      'upstream_rate_limited',
      429,
    ],
    [{ status: 'failed', error: { ...OVERLOADED, code: 'constructor' } }, 'upstream_failed', 500],
    [{ status: 'failed' }, 'internal', 500],
    [{ status: 'interrupted' }, 'at_capacity', 503],
    [{ status: 'cancelled' }, 'cancelled', 499],
  ] as const)('is an error with its status if the run was %j', (run, code, status) => {
    expect(() => write(run)).toThrow(expect.objectContaining({ code, status }))
  })
})

describe('the end of a run', () => {
  const session = scriptedSession([
    asks('m1', 'Hello?'),
    ...answers({ id: 'run_1', to: 'm1' }),
    asks('m2', 'And then?'),
    ...answers({ id: 'run_2', to: 'm2', tokens: ['It ends.'] }),
  ])
  const wait = (about: string, events: readonly SentEvent[]) => {
    const read = awaitChatEnd(about)
    return events.map((event) => read(event)).filter((end) => end !== undefined)
  }

  it.each(['run_2', 'm2'])('is found among the events of its session by %s', (about) => {
    expect(wait(about, session.log)).toEqual([expect.objectContaining({ result: 'It ends.' })])
  })

  it('is found in a snapshot, and not before it is there', () => {
    for (let moment = 0; moment <= session.log.length; moment++) {
      const ends = wait('m2', [session.snapshot(moment), ...session.log.slice(moment)])
      expect(ends).toEqual([
        expect.objectContaining({ status: 'done', message_id: 'answer_run_2', result: 'It ends.' }),
      ])
    }
  })

  it.each<LogEvent>([{ type: 'dequeued', message_id: 'm3' }, { type: 'history_cleared' }])(
    'is a cancellation if its message waits and is removed: $type',
    (event) => {
      const events = [...session.log, { seq: 99, epoch: 1, at: 0, event }]
      expect(wait('m3', events)).toEqual([expect.objectContaining({ status: 'cancelled' })])
    },
  )
})
