/** The routes of sessions, tickets and costs. */
import type { Entry, SessionAction, SessionIds } from '../routes/route.ts'

type Actions = Readonly<Record<string, SessionAction>>

/** By path, then by method. */
export const SESSION_ROUTES: Readonly<Record<string, Actions>> = {
  '/api/sessions': { GET: 'list', POST: 'create' },
  '/api/sessions/{session_id}': { GET: 'read', PATCH: 'patch', DELETE: 'delete' },
  '/api/sessions/{session_id}/messages': { GET: 'messages', POST: 'send' },
  '/api/sessions/{session_id}/messages/{message_id}/edit': { POST: 'edit' },
  '/api/sessions/{session_id}/messages/{message_id}/regenerate': { POST: 'regenerate' },
  '/api/sessions/{session_id}/queue/{message_id}': { DELETE: 'dequeue' },
  '/api/sessions/{session_id}/clear': { POST: 'clear' },
  '/api/sessions/{session_id}/extend': { POST: 'extend' },
  '/api/sessions/{session_id}/fork': { POST: 'fork' },
  '/api/sessions/{session_id}/cancel': { POST: 'cancel' },
  '/api/sessions/{session_id}/continue': { POST: 'continue' },
  '/api/sessions/{session_id}/choose': { POST: 'choose' },
  '/api/sessions/{session_id}/export': { GET: 'export' },
  '/api/sessions/{session_id}/runs': { GET: 'runs' },
  '/api/sessions/{session_id}/runs/{run_id}/prompt': { GET: 'prompt' },
  '/api/sessions/{session_id}/events': { GET: 'events' },
  '/api/uploads': { POST: 'upload' },
  '/api/uploads/{upload_id}': { GET: 'read-upload', DELETE: 'delete-upload' },
  '/api/uploads/{upload_id}/content': { GET: 'upload-content' },
  '/chat/stream': { GET: 'stream', POST: 'stream' },
  '/api/chat': { POST: 'chat' },
  '/api/tickets': { POST: 'ticket' },
  '/cost-summary': { GET: 'costs' },
  '/cost-summary/reset': { POST: 'reset-costs' },
}

const compiled = Object.entries(SESSION_ROUTES).map(([name, actions]) => ({
  name,
  actions,
  pattern: new RegExp(`^${name.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}))

const PREFIXES = ['/api/', '/chat/', '/cost-summary']

export const isSessionPath = (path: string): boolean =>
  PREFIXES.some((prefix) => path.startsWith(prefix))

export const toSessionEntry = (method: string, path: string): Entry | undefined => {
  if (!isSessionPath(path)) return undefined
  for (const { name, actions, pattern } of compiled) {
    const found = pattern.exec(path)
    if (!found) continue
    const ids = toIds(found.groups ?? {})
    const methods = toMethods(actions)
    const action = actionOf(actions, method) ?? Object.values(actions)[0]
    return ids && action && { methods, route: { kind: 'session', action, name, ids } }
  }
  return undefined
}

/** They take a ticket, and have no head of their own. */
export const EVENT_STREAMS: ReadonlySet<SessionAction> = new Set(['events', 'stream'])

const hasHead = (actions: Actions): boolean =>
  actions['GET'] !== undefined && !EVENT_STREAMS.has(actions['GET'])

const toMethods = (actions: Actions): readonly string[] => {
  const methods = Object.keys(actions)
  return hasHead(actions) ? [...methods, 'HEAD'] : methods
}

const actionOf = (actions: Actions, method: string): SessionAction | undefined => {
  const asked = method === 'HEAD' && hasHead(actions) ? 'GET' : method
  return Object.hasOwn(actions, asked) ? actions[asked] : undefined
}

/** Undefined if one of them is not encoded as a path is. */
const toIds = (groups: Readonly<Record<string, string>>): SessionIds | undefined => {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]),
    )
  } catch {
    return undefined
  }
}
