/** `/ws/{client_id}`: answers as pieces of `data`. */
import { type SessionMessage, toEventError } from '#model'
import type { Dialect, DoorCommand } from './dialect.ts'
import { errorOfEnd } from './frames/run-ends.ts'
import { type EventOf, jsonDialect } from './frames/json-frames.ts'

const begin = ({ content }: SessionMessage): readonly object[] => {
  const start = { type: 'stream_start', data: '' }
  return content === '' ? [start] : [start, { type: 'token', data: content }]
}

const writeEnd = (end: EventOf<'run_end'>): object => {
  const { status, result } = end
  const error = errorOfEnd(end)
  return error
    ? { type: 'error', data: error.message, code: error.code, result, status }
    : { type: 'stream_end', data: '', result, status }
}

const frames = jsonDialect({
  name: 'client',
  begin,
  beginsAgain: true,
  writers: {
    run_start: ({ model }) => ({ type: 'stream_start', data: '', model }),
    token: ({ token }) => ({ type: 'token', data: token }),
    run_end: writeEnd,
    history_cleared: () => ({ type: 'history_cleared' }),
  },
  error: (error) => {
    const { message, code, param } = toEventError(error)
    return { type: 'error', data: message, code, param }
  },
})

export const client: Dialect = {
  name: frames.name,
  open: (session) => {
    const connection = frames.open(session)
    return { ...connection, decode: (text) => ownAnswer(connection.decode(text)) }
  },
}

/** The door has no session of its own, so nobody else reads the answer. */
const ownAnswer = (command: DoorCommand): DoorCommand =>
  command.type === 'message' ? { on_disconnect: 'cancel', ...command } : command
