/** Judges and folds the frames of `/ws/chat/{session_id}`. */
import { filled, list, oneOf, record, text } from '../shape.ts'
import {
  type DoorReader,
  type Fields,
  readJsonDoor,
  runOf,
  statusOf,
  toEntries,
} from './json-door.ts'
import type { EntryStatus, Step } from './transcript.ts'

const past = record({ role: oneOf('user', 'assistant'), content: text, timestamp: filled })

const end = (frame: Fields, status: EntryStatus): Step => ({
  kind: 'end',
  run: runOf(frame),
  status,
  text: String(frame['content']),
})

export const readRoom = (): DoorReader =>
  readJsonDoor({
    frames: {
      history: {
        shape: record({ messages: list(past), position: filled }),
        toStep: ({ messages, position }) => ({
          kind: 'replace',
          entries: toEntries(messages),
          position: String(position),
        }),
      },
      user_message: {
        shape: record({ content: text, message_id: filled }),
        toStep: ({ content }) => ({ kind: 'user', text: String(content) }),
        stamped: true,
      },
      stream_start: {
        shape: record({ run_id: filled }),
        toStep: (frame) => ({ kind: 'start', run: runOf(frame) }),
        stamped: true,
      },
      stream_token: {
        shape: record({ content: filled, run_id: filled }),
        toStep: (frame) => ({ kind: 'text', run: runOf(frame), text: String(frame['content']) }),
        stamped: true,
      },
      stream_end: {
        shape: record({ content: text, run_id: filled, status: oneOf('done', 'cancelled') }),
        toStep: (frame) => end(frame, statusOf(frame)),
        stamped: true,
      },
      // Only that of a run has its place in the log.
      error: {
        shape: record({ message: filled, code: filled }),
        toStep: (frame) =>
          frame['seq'] === undefined ? { kind: 'aside' } : end(frame, statusOf(frame)),
      },
    },
  })
