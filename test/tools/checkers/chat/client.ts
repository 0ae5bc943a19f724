/** Judges and folds the frames of `/ws/{client_id}`. */
import { emptyText, filled, oneOf, record, text } from '../shape.ts'
import { type DoorReader, type Fields, readJsonDoor, runOf, statusOf } from './json-door.ts'
import type { Step } from './transcript.ts'

const end = (frame: Fields): Step => ({
  kind: 'end',
  run: runOf(frame),
  status: statusOf(frame),
  text: String(frame['result']),
})

export const readClient = (): DoorReader =>
  readJsonDoor({
    answersOnly: true,
    frames: {
      stream_start: {
        shape: record({ data: emptyText, run_id: filled }),
        toStep: (frame) => ({ kind: 'start', run: runOf(frame) }),
        stamped: true,
      },
      token: {
        shape: record({ data: filled, run_id: filled }),
        toStep: (frame) => ({ kind: 'text', run: runOf(frame), text: String(frame['data']) }),
        stamped: true,
      },
      stream_end: {
        shape: record({
          data: emptyText,
          result: text,
          status: oneOf('done', 'cancelled'),
          run_id: filled,
        }),
        toStep: end,
        stamped: true,
      },
      // Only that of a run has its place in the log.
      error: {
        shape: record({ data: filled, code: filled }),
        toStep: (frame) => (frame['seq'] === undefined ? { kind: 'aside' } : end(frame)),
      },
    },
  })
