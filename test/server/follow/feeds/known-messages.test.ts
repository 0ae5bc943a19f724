/** Which clients of the canonical events get a snapshot in place of `head`. */
import { expect, it } from 'vitest'
import type { LogEvent, ReaderEvent, SentEvent, SessionMessage } from '#model'
import { knownMessages } from '../../../../src/server/follow/feeds/known-messages.ts'

const event = (written: LogEvent): SentEvent => ({ epoch: 1, seq: 1, at: 0, event: written })
const head = (id: string | null) => event({ type: 'head', message_id: id })
const message = (id: string, run?: string) =>
  ({ message_id: id, ...(run !== undefined && { run_id: run }) }) as SessionMessage
const runStart = (run: string, id: string) =>
  event({ type: 'run_start', run_id: run, message_id: id, parent_id: null, model: 'm' })
const token = (run: string) =>
  event({ type: 'token', run_id: run, part: 0, token: 'a', token_count: 1, cost: 0 })
const snapshot = (...messages: SessionMessage[]): SentEvent => ({
  event: { type: 'snapshot', messages, position: '1.1' } satisfies ReaderEvent,
})

it('a head that was sent as a message, in the history or later, is no reason', () => {
  const known = knownMessages([message('old')])
  expect(known.lacks(head('old'))).toBe(false)
  expect(known.lacks(head(null))).toBe(false)
  const user = { type: 'user_message', message_id: 'new', parent_id: 'old', content: 'x' } as const
  expect(known.lacks(event(user))).toBe(false)
  expect(known.lacks(runStart('run_1', 'answer'))).toBe(false)
  expect([head('new'), head('answer')].map(known.lacks)).toEqual([false, false])
})

it('any other head is', () => {
  expect(knownMessages([message('one')]).lacks(head('other'))).toBe(true)
})

it('a snapshot replaces what it has, and a cleared history empties it', () => {
  const known = knownMessages([message('one')])
  expect(known.lacks(snapshot(message('two')))).toBe(false)
  expect([head('one'), head('two')].map(known.lacks)).toEqual([true, false])
  known.show([message('three')])
  expect([head('two'), head('three')].map(known.lacks)).toEqual([true, false])
  expect(known.lacks(event({ type: 'history_cleared' }))).toBe(false)
  expect(known.lacks(head('three'))).toBe(true)
})

it('is sent nothing of a run whose answer it was not sent', () => {
  const known = knownMessages([message('one', 'run_1')])
  expect([token('run_1'), token('run_2')].map(known.has)).toEqual([true, false])
  expect([runStart('run_3', 'three'), token('run_3')].map(known.has)).toEqual([true, true])
  known.show([message('two', 'run_2')])
  expect([token('run_1'), token('run_2')].map(known.has)).toEqual([false, true])
})
