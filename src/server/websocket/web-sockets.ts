/** The WebSocket doors: admission, the paths of the doors, and shutdown. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket, WebSocketServer } from 'ws'
import {
  type Caller,
  type CallHeaders,
  type MemoryAccount,
  originNotAllowed,
  presentedKeys,
} from '#access'
import { clientLeft, GatewayError, goingDown, invalidRequest, toGatewayError } from '#model'
import { openaiChat } from '#protocols'
import { toByteString, toHeaderLines } from '#streams'
import type { Log } from '#telemetry'
import type { DoorAudit } from '../admin/door-audit.ts'
import { splitUrl } from '../routes/routes.ts'
import { networkOf } from '../http/network-of.ts'
import type { Admissions } from '../serving/admissions.ts'
import type { Serving } from '../serving/serving.ts'
import type { SessionDoors } from '../follow/session-doors.ts'
import { hasTwoHosts } from '../http/two-hosts.ts'
import { SOCKET_BYTES } from './frames/arriving-frame.ts'
import { openSessionDoor } from './chat/open-session-door.ts'
import type { SocketAdmitted } from './door.ts'
import { doorAt, type DoorKind } from './doors.ts'
import { openRealtime } from './realtime/open-realtime.ts'
import { createReadingTurns } from './frames/reading-turns.ts'
import { openRealtimeSession } from './realtime/realtime-session.ts'
import { refuseUpgrade } from './upgrade/refuse-upgrade.ts'
import {
  openConnection,
  type Connection,
  type DoorConnection,
  type WatchAdmission,
} from './connection.ts'
import { createUnadmitted } from './upgrade/unadmitted.ts'
import { chooseProtocol, toCallHeaders } from './upgrade/upgrade-request.ts'

export interface WebSocketOptions {
  /** What follows from the configuration, as it is now. */
  readonly serving: () => Serving
  readonly admissions: Admissions
  readonly log: Log
  readonly memory: MemoryAccount
  readonly nextRequestId: () => string
  readonly doorAudit: DoorAudit
  /** Absent: there are no sessions. */
  readonly sessions?: SessionDoors | undefined
  readonly pingMs?: number
}

export interface WebSockets {
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void
  /** How many there are. */
  readonly open: number
  /** Takes no more calls. A socket closes when its last call has ended. */
  drain(): void
  terminate(): void
  /** Resolves when whatever ends with the sockets has ended, too: that is a moment after their connections are closed. */
  gone(): Promise<void>
}

/** What is not gone by then will not go. */
const GONE_MS = 1_000
const LOOK_MS = 5

const SETTINGS = {
  noServer: true,
  clientTracking: false,
  // Compression costs more CPU than it saves bandwidth here, and memory per socket.
  perMessageDeflate: false,
  handleProtocols: chooseProtocol,
  /** How long to wait for a client to answer a close. */
  closeTimeout: 5_000,
}

export const createWebSockets = (options: WebSocketOptions): WebSockets => {
  const { log, admissions } = options
  const connections = new Set<Connection>()
  const readingTurns = createReadingTurns()
  /** Clients whose upstream is not open yet. */
  const waiting = new Set<Socket>()
  /** Clients that have not sent their key yet. */
  const unadmitted = createUnadmitted<Socket>()
  /** Headers to add to the handshake, as alternating names and values. */
  const answerHeaders = new WeakMap<IncomingMessage, readonly string[]>()
  let draining = false
  let server: Promise<WebSocketServer> | undefined

  const load = async (): Promise<WebSocketServer> => {
    // Load `ws` on first use.
    const { WebSocketServer: Server } = await import('ws')
    const created = new Server({ ...SETTINGS })
    created.on('wsClientError', (error, socket) =>
      refuse(socket as Socket, new GatewayError('invalid_request', `${error.message}.`)),
    )
    created.on('headers', (lines, request) => {
      lines.push(...toHeaderLines(answerHeaders.get(request) ?? []))
    })
    return created
  }

  /** The client has sent a wrong key in its first frame. */
  const noteRefused = (request: IncomingMessage, thrown: unknown): never => {
    options.doorAudit.refused(request, options.nextRequestId(), toGatewayError(thrown))
    throw thrown
  }

  const open = async (
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    serving: Serving,
  ): Promise<void> => {
    if (hasTwoHosts(request.rawHeaders))
      throw invalidRequest('The request has more than one Host header.')
    const { path, query } = splitUrl(request.url ?? '/')
    const door = await doorAt(path, request, serving, options.sessions)
    /** What admitted it, in the request or in the first frame. */
    let presented: CallHeaders =
      (door.session && (await options.sessions?.tickets.redeem(query, request.headers))) ??
      request.headers
    const caller = await admit(presented, door, serving)
    if (draining) throw goingDown()
    if (!caller && door.keyMayFollow) unadmitted.add(socket)
    const accepted = await (server ??= load())
    const accept = (
      openIt: (webSocket: WebSocket) => Connection,
      maxPayload = serving.limits.bodyBytes,
    ): void => {
      accepted.options.maxPayload = maxPayload
      accepted.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = openIt(webSocket)
        connections.add(connection)
        webSocket.once('close', () => connections.delete(connection))
        if (draining) connection.drain()
      })
    }
    const toAdmitted = (known: Caller, by: Serving): SocketAdmitted => {
      unadmitted.delete(socket)
      return { caller: known, serving: by, network: networkOf(request, by.findNetwork) }
    }
    const watch: WatchAdmission = (admitted, { end, renewed }) =>
      admissions.watch(admitted, {
        admit: (later) => authenticate(later, presented),
        end,
        renewed: (again) => renewed?.(toAdmitted(again.caller, again.serving)),
      })
    const rawHeaders = toCallHeaders(request.rawHeaders)
    const { nextRequestId, pingMs } = options

    const admitBy = (key: string): SocketAdmitted | Promise<SocketAdmitted> => {
      const { host, origin } = request.headers
      const by = options.serving()
      presented = { host, origin, 'x-user-id': request.headers['x-user-id'], 'x-api-key': key }
      try {
        const known = by.gateway.authenticate(presented)
        return known instanceof Promise
          ? known.then(
              (late) => toAdmitted(late, by),
              (thrown: unknown) => noteRefused(request, thrown),
            )
          : toAdmitted(known, by)
      } catch (thrown) {
        return noteRefused(request, thrown)
      }
    }
    const admission = {
      admitted: caller && toAdmitted(caller, serving),
      admit: admitBy,
      watch,
      readingTurns,
      ...(pingMs === undefined ? {} : { pingMs }),
    }
    const openHere =
      (openIt: (webSocket: WebSocket) => DoorConnection) => (webSocket: WebSocket) => {
        const connection = openIt(webSocket)
        unadmitted.onEvicted(socket, connection.turnAway)
        return connection
      }

    const { open: openDoor, session } = door
    if (session && options.sessions)
      return openSessionDoor({
        ...admission,
        doors: options.sessions,
        found: session,
        query,
        socket,
        memory: options.memory,
        nextRequestId,
        log,
        accept: (openIt, maxPayload) => accept(openHere(openIt), maxPayload),
      })
    if (openDoor)
      return accept(
        openHere((webSocket) =>
          openConnection(webSocket, socket, {
            ...admission,
            openDoor,
            context: { rawHeaders, query, nextRequestId, memory: options.memory },
          }),
        ),
      )
    if (!caller) throw new GatewayError('unauthenticated', 'No API key was sent.')
    const held = options.memory.hold(caller, SOCKET_BYTES)
    socket.once('close', held.release)
    waiting.add(socket)
    const requestId = nextRequestId()
    const admitted = toAdmitted(caller, serving)
    const { gateway } = serving
    const { network } = admitted
    const call = { gateway, caller, network, requestId, rawHeaders, query, socket }
    const opened = await openRealtime(call).finally(() => waiting.delete(socket))
    if ('refusal' in opened) return refuseUpgrade(socket, opened.refusal)
    const { conversation, headers } = opened
    // In case the client's handshake still fails.
    const abandon = (): void => {
      conversation.upstream.webSocket.terminate()
      conversation.record.settle('client_left', undefined, clientLeft())
    }
    if (socket.destroyed) return abandon()
    socket.once('close', abandon)
    answerHeaders.set(request, headers)
    accept((webSocket) => {
      socket.off('close', abandon)
      return openRealtimeSession(webSocket, socket, {
        conversation,
        held,
        pingMs,
        watch: (end) => watch(admitted, { end }),
      })
    })
  }

  return {
    upgrade(request, socket, head) {
      // Until the handshake is over there is no other listener.
      socket.on('error', ignore)
      const serving = options.serving()
      serving.begin()
      const opening = open(request, socket, head, serving).catch((thrown: unknown) => {
        const error = toGatewayError(thrown)
        const requestId = options.nextRequestId()
        if (error.code === 'internal') log.error({ requestId, error: error.cause }, error.message)
        else {
          log.info({ requestId, outcome: error.code, status: error.status }, 'refused')
          serving.metrics?.refused(error.code)
        }
        options.doorAudit.refused(request, requestId, error)
        refuse(socket, error, requestId)
      })
      void opening.finally(serving.end)
    },
    get open() {
      return connections.size
    },
    drain() {
      draining = true
      for (const connection of connections) connection.drain()
    },
    terminate() {
      for (const connection of connections) connection.terminate()
      for (const socket of waiting) socket.destroy()
    },
    async gone() {
      const endsAt = performance.now() + GONE_MS
      while (connections.size > 0 && performance.now() < endsAt) await sleep(LOOK_MS)
    },
  }
}

/** Undefined if the key may still follow. Rejects with a GatewayError. */
const admit = async (
  headers: CallHeaders,
  door: DoorKind,
  serving: Serving,
): Promise<Caller | undefined> => {
  try {
    return await authenticate(serving, headers)
  } catch (thrown) {
    const mayFollow = door.keyMayFollow && presentedKeys(headers).length === 0
    if (mayFollow && toGatewayError(thrown).code === 'unauthenticated') return undefined
    throw thrown
  }
}

/** A page sends its origin, whatever else it presents. @throws GatewayError */
const authenticate = (serving: Serving, presented: CallHeaders): Caller | Promise<Caller> => {
  const { origin } = presented
  if (origin !== undefined && !serving.allowsOrigin(origin)) throw originNotAllowed()
  return serving.gateway.authenticate(presented)
}

const refuse = (socket: Socket, error: GatewayError, requestId?: string): void => {
  const { status, headers, body } = openaiChat.encodeError(error, requestId ?? '')
  refuseUpgrade(socket, {
    status,
    headers: [...toRequestId(requestId), ...Object.entries(headers).flat()],
    body: toByteString(JSON.stringify(body)),
  })
}

const toRequestId = (requestId: string | undefined): readonly string[] =>
  requestId === undefined ? [] : ['x-request-id', requestId]

const ignore = () => undefined
