/** A call of every route of sessions that names something of an owner, from the table of the code. */
import { SESSION_ROUTES } from '../../../../src/server/resources/session-routes.ts'

export interface SessionCall {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body?: object
}

/** By what is done. */
const BODIES: Readonly<Record<string, object>> = {
  patch: { title: 'stolen' },
  send: { content: 'stolen' },
  edit: { content: 'stolen' },
  continue: { run_id: 'run_0' },
  choose: { message_id: 'msg_0' },
}

interface Ids {
  readonly session_id: string
  readonly message_id: string
  readonly run_id: string
  readonly upload_id: string
}

export const toSessionCalls = (ids: Ids): readonly SessionCall[] =>
  Object.entries(SESSION_ROUTES)
    .filter(([name]) => name.includes('{session_id}') || name.includes('{upload_id}'))
    .flatMap(([name, actions]) =>
      Object.entries(actions).map(([method, action]) => ({
        name: `${method} ${name}`,
        method,
        path: name.replaceAll(/\{(\w+)\}/g, (_, id: keyof Ids) => ids[id]),
        ...(method !== 'GET' && method !== 'DELETE' && { body: BODIES[action] ?? {} }),
      })),
    )
