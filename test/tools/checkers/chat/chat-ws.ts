/** Judges and folds the frames of `/chat/ws` and `/chat/stream`. */
import { count, filled, nullable, number, record, text } from '../shape.ts'
import { type DoorReader, type Fields, readJsonDoor, runOf, statusOf } from './json-door.ts'
import { costs, error } from './shapes.ts'
import type { EntryStatus, Step } from './transcript.ts'

const end = (frame: Fields, status: EntryStatus): Step => ({
  kind: 'end',
  run: runOf(frame),
  status,
  text: typeof frame['result'] === 'string' ? frame['result'] : undefined,
})

export const readChatWs = (): DoorReader =>
  readJsonDoor({
    answersOnly: true,
    startsAgain: true,
    endsUnstarted: true,
    frames: {
      connected: {
        shape: record({ session_id: filled, message: filled, position: filled }),
        toStep: () => ({ kind: 'aside' }),
      },
      llm_start: {
        shape: record({ model: filled, run_id: filled }),
        toStep: (frame) => ({ kind: 'start', run: runOf(frame) }),
        stamped: true,
      },
      token: {
        shape: record({
          token: filled,
          token_count: count,
          cost: nullable(number),
          run_id: filled,
        }),
        toStep: (frame) => ({ kind: 'text', run: runOf(frame), text: String(frame['token']) }),
        stamped: true,
      },
      llm_end: {
        shape: record({ cost_summary: costs, run_id: filled }),
        toStep: () => ({ kind: 'aside' }),
        stamped: true,
      },
      done: {
        shape: record({ result: text, cost_summary: costs, run_id: filled }),
        toStep: (frame) => end(frame, 'done'),
        stamped: true,
      },
      cancelled: {
        shape: record({ result: text, cost_summary: costs, run_id: filled }),
        toStep: (frame) => end(frame, 'cancelled'),
        stamped: true,
      },
      // Only that of a run has its place in the log.
      error: {
        shape: record({ error, 'run_id?': filled }),
        toStep: (frame) =>
          frame['seq'] === undefined ? { kind: 'aside' } : end(frame, statusOf(frame)),
      },
    },
  })
