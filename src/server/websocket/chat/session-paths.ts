/** The paths at which a WebSocket is a session, each in its own dialect. */
import { canonical, type Dialect } from '#chat'
import { readOnce } from '../../routes/read-once.ts'

interface SessionPath {
  /** In the log: `/ws/session/{id}`. */
  readonly name: string
  /** The session is the group `id`, if there is one, or else `session_id` in the query. */
  readonly pattern: RegExp
  readonly dialect: Dialect
  /** Whether an unknown id of the client's makes a session. */
  readonly creates: boolean
  /** Whether a web page may send its key in the first frame. */
  readonly keyMayFollow: boolean
}

const SESSION_PATHS: readonly SessionPath[] = [
  {
    name: '/ws/session/{id}',
    pattern: /^\/ws\/session\/(?<id>[^/]+)$/,
    dialect: canonical,
    creates: true,
    keyMayFollow: true,
  },
]

export interface FoundSession {
  readonly path: SessionPath
  /** As the client wrote it in the path. */
  readonly id: string | undefined
}

/** Undefined if the path is of no session. */
export const findSessionPath = (path: string): FoundSession | undefined => {
  for (const each of SESSION_PATHS) {
    const found = each.pattern.exec(path)
    if (found) return { path: each, id: found.groups?.['id'] }
  }
  return undefined
}

/** The id of the session. Undefined: one is made. @throws GatewayError */
export const readAskedId = ({ id }: FoundSession, query: string): string | undefined => {
  if (id === undefined) return readOnce(new URLSearchParams(query), 'session_id')
  try {
    return decodeURIComponent(id)
  } catch {
    // It is refused as an id.
    return id
  }
}
