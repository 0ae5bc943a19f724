/** Opens a session for an upgrade. What is known before it is refused by HTTP. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Visitor } from '#chat'
import type { Log } from '#telemetry'
import { type OpenSession, openSession } from '../../follow/open-session.ts'
import type { SessionDoors } from '../../follow/session-doors.ts'
import { readOnce } from '../../routes/read-once.ts'
import type { DoorConnection } from '../connection.ts'
import type { SocketAdmitted } from '../door.ts'
import { type FoundSession, readAskedId } from './session-paths.ts'
import {
  MAX_SESSION_FRAME_BYTES,
  openSessionSocket,
  type SessionSocketOptions,
} from './session-socket.ts'

export interface SessionUpgrade extends Pick<
  SessionSocketOptions,
  'admitted' | 'admit' | 'watch' | 'memory' | 'readingTurns' | 'pingMs'
> {
  readonly doors: SessionDoors
  readonly found: FoundSession
  readonly query: string
  readonly socket: Socket
  readonly nextRequestId: () => string
  readonly log: Log
  readonly accept: (openIt: (webSocket: WebSocket) => DoorConnection, maxPayload: number) => void
}

/** Rejects with a GatewayError. */
export const openSessionDoor = async (upgrade: SessionUpgrade): Promise<void> => {
  const { doors, found, query, socket, admitted, nextRequestId, log } = upgrade
  const { name, dialect, creates } = found.path
  const asked = new URLSearchParams(query)
  const toVisitor = ({ caller, network }: SocketAdmitted): Visitor => ({
    caller,
    network,
    requestId: nextRequestId(),
    route: `WS ${name}`,
  })
  const open = async (known: SocketAdmitted): Promise<OpenSession> => {
    const opened = await openSession(doors, toVisitor(known), {
      dialect,
      id: readAskedId(found, query),
      creates,
      isSocket: true,
      position: readOnce(asked, 'position'),
    })
    if (socket.destroyed) opened.leave()
    else socket.once('close', opened.leave)
    return opened
  }
  const opened = admitted && (await open(admitted))
  upgrade.accept(
    (webSocket) =>
      openSessionSocket(webSocket, socket, {
        ...upgrade,
        dialect,
        opened,
        open,
        toVisitor,
        onFailure: (error, requestId) =>
          log.error({ requestId, error: error.cause }, error.message),
      }),
    MAX_SESSION_FRAME_BYTES,
  )
}
