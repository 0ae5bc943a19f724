/** The paths of the WebSocket doors. */
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '#model'
import type { SessionDoors } from '../follow/session-doors.ts'
import { findRoute } from '../routes/routes.ts'
import type { Serving } from '../serving/serving.ts'
import { findSessionPath, type FoundSession } from './chat/session-paths.ts'
import { openCompletionsDoor } from './completions/completions-door.ts'
import type { Door, DoorContext } from './door.ts'
import { openResponsesDoor } from './responses/responses-door.ts'

export interface DoorKind {
  /** Undefined: frames are relayed to an upstream. */
  readonly open?: (context: DoorContext) => Door
  /** Whether a web page may send its key in the first frame. */
  readonly keyMayFollow: boolean
  /** It is the session of a chat. */
  readonly session?: FoundSession
}

const COMPLETIONS: DoorKind = { open: openCompletionsDoor, keyMayFollow: true }
const RESPONSES: DoorKind = { open: openResponsesDoor, keyMayFollow: false }

const REALTIME: DoorKind = { keyMayFollow: false }

export const DOORS: Readonly<Record<string, DoorKind>> = {
  '/ws': COMPLETIONS,
  '/v1/chat/completions': COMPLETIONS,
  '/openai/v1/chat/completions': COMPLETIONS,
  '/v1/responses': RESPONSES,
  '/openai/v1/responses': RESPONSES,
  '/v1/realtime': REALTIME,
  '/openai/v1/realtime': REALTIME,
}

/** Rejects with a GatewayError. */
export const doorAt = async (
  path: string,
  { headers }: IncomingMessage,
  serving: Serving,
  sessions: SessionDoors | undefined,
): Promise<DoorKind> => {
  const door = Object.hasOwn(DOORS, path) ? DOORS[path] : undefined
  const session = sessions && findSessionPath(path)
  if (session) return { keyMayFollow: session.path.keyMayFollow, session }
  if (door && (serving.responsesWebSocket || door !== RESPONSES)) return door
  const found = findRoute('', path)
  if (door || !('allow' in found) || found.allow.length > 0) throw noWebSocket()
  await serving.gateway.authenticate(headers)
  throw new GatewayError('not_found', `There is no WebSocket at ${path.slice(0, 200)}.`)
}

/** If there is no WebSocket, Codex needs this status to fall back to HTTP. */
const noWebSocket = () =>
  new GatewayError('invalid_request', 'This route has no WebSocket; use HTTP.', { status: 426 })
