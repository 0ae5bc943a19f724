/** Judges and folds the canonical frames, of `/ws/session/{id}` and `/api/sessions/{id}/events`. */
import { count, filled, list, nullable, number, oneOf, record, text } from '../shape.ts'
import {
  type DoorReader,
  type FrameRule,
  readJsonDoor,
  runOf,
  statusOf,
  toEntries,
} from './json-door.ts'
import { costs, error } from './shapes.ts'

/** An event of the log that changes no text. */
const aside = (fields: Parameters<typeof record>[0]): FrameRule => ({
  shape: record({ ...fields, at: filled, session_id: filled }),
  toStep: () => ({ kind: 'aside' }),
  stamped: true,
})

export const readCanonical = (): DoorReader =>
  readJsonDoor({
    ignoresUnknown: true,
    frames: {
      connected: {
        shape: record({
          session_id: filled,
          message: filled,
          position: filled,
          head: nullable(text),
        }),
        toStep: () => ({ kind: 'aside' }),
      },
      history: {
        shape: record({ messages: list(), position: filled }),
        toStep: ({ messages, position }) => ({
          kind: 'replace',
          entries: toEntries(messages),
          position: String(position),
        }),
      },
      user_message: {
        shape: record({ content: text, message_id: filled, parent_id: nullable(text), at: filled }),
        toStep: ({ content }) => ({ kind: 'user', text: String(content) }),
        stamped: true,
      },
      queued: aside({ message_id: filled, content: text, place: count }),
      dequeued: aside({ message_id: filled }),
      run_start: {
        shape: record({
          run_id: filled,
          message_id: filled,
          parent_id: nullable(text),
          model: filled,
        }),
        toStep: (frame) => ({ kind: 'start', run: runOf(frame) }),
        stamped: true,
      },
      llm_start: aside({ run_id: filled, step: count, model: filled, target: filled }),
      part_start: aside({
        run_id: filled,
        part: count,
        kind: oneOf('text', 'reasoning', 'refusal'),
      }),
      token: {
        shape: record({
          run_id: filled,
          part: count,
          token: filled,
          token_count: count,
          cost: nullable(number),
        }),
        toStep: (frame) => ({ kind: 'text', run: runOf(frame), text: String(frame['token']) }),
        stamped: true,
      },
      reasoning: aside({ run_id: filled, part: count, token: filled }),
      citation: aside({ run_id: filled, index: count }),
      llm_end: aside({ run_id: filled, step: count, cost_summary: costs }),
      run_end: {
        shape: record({
          run_id: filled,
          message_id: filled,
          status: oneOf('done', 'cancelled', 'interrupted', 'failed'),
          result: text,
          cost_summary: costs,
          'error?': error,
        }),
        toStep: (frame) => ({
          kind: 'end',
          run: runOf(frame),
          status: statusOf(frame),
          text: String(frame['result']),
        }),
        stamped: true,
      },
      session_updated: aside({}),
      head: aside({ message_id: nullable(text) }),
      error: { shape: record({ error, 'run_id?': filled }), toStep: () => ({ kind: 'aside' }) },
    },
  })
