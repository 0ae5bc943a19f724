/** The paths at which a WebSocket is a session, each in its own dialect. */
import { type Dialect, SOCKET_DIALECTS } from '#chat'
import { readOnce } from '../../routes/read-once.ts'

interface SessionPath {
  /** In the log: `/ws/session/{id}`. */
  readonly name: string
  readonly dialect: Dialect
  /** Whether an unknown id of the client's makes a session. */
  readonly creates: boolean
  /** Whether a web page may send its key in the first frame. */
  readonly keyMayFollow: boolean
}

const PATHS = Object.entries(SOCKET_DIALECTS).map(([name, dialect]) => ({
  path: { name, dialect, creates: true, keyMayFollow: true } satisfies SessionPath,
  /** The part in braces is the id, whatever its name. */
  pattern: new RegExp(`^${name.replace(/\{\w+\}/, '(?<id>[^/]+)')}$`),
}))

export interface FoundSession {
  readonly path: SessionPath
  /** As the client wrote it in the path. */
  readonly id: string | undefined
}

/** Undefined if the path is of no session. */
export const findSessionPath = (path: string): FoundSession | undefined => {
  for (const { path: known, pattern } of PATHS) {
    const found = pattern.exec(path)
    if (found) return { path: known, id: found.groups?.['id'] }
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
