/** The parameters that a query may have, by what is asked for. */
import type { SessionAction } from '../routes/route.ts'

export const PARAMETERS = {
  list: ['search', 'cursor', 'limit'],
  messages: ['before', 'limit', 'branches'],
  export: ['format'],
  costs: ['session_id'],
  events: ['position', 'ticket'],
  stream: [
    'message',
    'content',
    'session_id',
    'model',
    'client_message_id',
    'when_busy',
    'on_disconnect',
    'ticket',
  ],
} as const satisfies Partial<Record<SessionAction, readonly string[]>>

export type Asking = keyof typeof PARAMETERS
export type ParameterName<Action extends Asking = Asking> = (typeof PARAMETERS)[Action][number]
