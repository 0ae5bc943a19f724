/** `/ws/chat/{session_id}`: everybody in a room sees its history, its questions and its answers. */
import { type SessionMessage, toEventError } from '#model'
import type { DialectSession } from './dialect.ts'
import { splitHistory } from './frames/answer-in-progress.ts'
import { errorOfEnd } from './frames/run-ends.ts'
import { type EventOf, jsonDialect } from './frames/json-frames.ts'

const greet = (session: DialectSession): readonly object[] => {
  const { complete } = splitHistory(session)
  return complete.length > 0 ? [writeHistory(complete, session.position)] : []
}

const writeHistory = (messages: readonly SessionMessage[], position: string): object => ({
  type: 'history',
  messages: messages.map(({ role, content, created_at, message_id, run_id, status }) => ({
    role,
    content,
    timestamp: created_at,
    message_id,
    run_id,
    status,
  })),
  position,
})

const begin = ({ message_id, content }: SessionMessage): readonly object[] => {
  const start = { type: 'stream_start', message_id }
  return content === '' ? [start] : [start, { type: 'stream_token', content }]
}

const writeEnd = (end: EventOf<'run_end'>): object => {
  const { status, result: content, message_id } = end
  const error = errorOfEnd(end)
  if (error)
    return { type: 'error', message: error.message, code: error.code, content, message_id, status }
  return { type: 'stream_end', content, message_id, status }
}

export const room = jsonDialect({
  name: 'room',
  greet,
  begin,
  beginsAgain: true,
  writers: {
    user_message: ({ content, message_id, parent_id, client_message_id, user }) => ({
      type: 'user_message',
      content,
      message_id,
      parent_id,
      client_message_id,
      user,
    }),
    run_start: ({ message_id, parent_id, model }) => ({
      type: 'stream_start',
      message_id,
      parent_id,
      model,
    }),
    token: ({ token }) => ({ type: 'stream_token', content: token }),
    run_end: writeEnd,
    history_cleared: () => ({ type: 'history_cleared' }),
  },
  error: (error) => {
    const { message, code, param } = toEventError(error)
    return { type: 'error', message, code, param }
  },
})
