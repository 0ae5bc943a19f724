/** The HTTP door: one listener, from the first byte of a request to the last byte of its answer. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type AddressInfo, type ListenOptions, Server as NetServer, type Socket } from 'node:net'
import type { Caller, CallHeaders, MemoryAccount } from '#access'
import { clientLeft, GatewayError, toGatewayError } from '#model'
import type { Backends, Log } from '#telemetry'
import { answerAdmin } from '../admin/answer-admin.ts'
import type { AuditTrail } from '../admin/audit-trail.ts'
import { createDoorAudit } from '../admin/door-audit.ts'
import { createAcceptedElsewhere } from './connections/accepted-elsewhere.ts'
import { createAnswering } from './connections/answering.ts'
import { answerPreflight, corsHeaders, isPreflight } from './cors.ts'
import { type Peers, takeFromPeer } from './hand-over.ts'
import { handleRoute } from './handle-route.ts'
import { networkOf } from './network-of.ts'
import { createRequestIds } from './request-ids.ts'
import { dialectOf } from '../routes/dialect.ts'
import type { AdminRoute, Route } from '../routes/route.ts'
import type { UsageReader } from '../routes/usage-reader.ts'
import { findRoute, isAdmin, isDoubled, splitUrl } from '../routes/routes.ts'
import { answerPage } from '../reference/answer-page.ts'
import { createSessionDoors, type SessionDoorsOptions } from '../follow/session-doors.ts'
import { EVENT_STREAMS } from '../resources/session-routes.ts'
import { createAdmissions } from '../serving/admissions.ts'
import { createEntrance, type Entrance } from '../serving/entrance.ts'
import type { Serving } from '../serving/serving.ts'
import { sendError, sendJson } from './send-answer.ts'
import { answerHealth } from './monitoring/answer-health.ts'
import { answerMetrics } from './monitoring/answer-metrics.ts'
import type { ProcessState } from './monitoring/process-state.ts'
import { hasTwoHosts } from './two-hosts.ts'
import { createWebSockets } from '../websocket/web-sockets.ts'
import { createWebSocketListener } from '../websocket/upgrade/own-port.ts'

// An import would load every export of the module, and with its WebSocket a complete HTTP client:
// a quarter of the time that the process takes to start.
const { createServer } = process.getBuiltinModule('node:http')

export interface HttpServerOptions {
  /** What follows from the configuration, as it is now. */
  readonly serving: () => Serving
  /** The account of all memory that is held for callers. */
  readonly memory: MemoryAccount
  readonly log: Log
  /** Absent if no ledger is kept. */
  readonly usage?: UsageReader
  /** Absent if no audit is kept. */
  readonly audit?: AuditTrail
  /** Absent: there are no sessions. */
  readonly sessions?: SessionDoorsOptions | undefined
  /** What is known of all that this process depends on. */
  readonly backends: () => Backends
  /** Asks all workers what they say of themselves. Absent: there is one process only. */
  readonly gatherStates?: (() => Promise<readonly ProcessState[]>) | undefined
  /** The other workers. Absent: there is one process only. */
  readonly peers?: Peers | undefined
}

export interface HttpServer {
  listen(port: number, host: string): Promise<AddressInfo>
  /** Also accepts WebSockets on a separate port. */
  listenForWebSockets(port: number, host: string): Promise<AddressInfo>
  /** Takes requests that other workers hand over, on a socket that nobody else can reach. */
  listenForPeers(path: string): Promise<void>
  /** Takes a connection that another process has accepted. */
  accept(socket: Socket, door: 'http' | 'websocket'): void
  readonly openSockets: number
  /** Asks again whether streams and sockets are admitted. Called when the configuration has changed. */
  reloaded(): void
  /**
   * Takes no more calls. Resolves when those in progress have ended, or after `withinMs`.
   *
   * @param graceMs for how long an idle connection may still bring a call, which is answered. Without it, clients and
   * balancers that keep connections would send calls into some that just close.
   */
  drain(withinMs: number, graceMs?: number): Promise<void>
}

/** Longer than the idle timeout of load balancers, which would otherwise reuse a connection that is just closing. */
const KEEP_ALIVE_MS = 75_000
const SWEEP_MS = 50
/** How long a started request may take to complete its head during a shutdown. */
const HEAD_MS = 300

export const createHttpServer = (options: HttpServerOptions): HttpServer => {
  const { log } = options
  const currentEntrance = createEntrance(options.serving, options.memory)
  const admissions = createAdmissions(options.serving)
  const nextRequestId = createRequestIds()
  const answering = createAnswering()
  const doorAudit = createDoorAudit(options.audit)
  const sessions = options.sessions && createSessionDoors(options.sessions)
  const webSockets = createWebSockets({
    ...options,
    sessions,
    nextRequestId,
    doorAudit,
    admissions,
  })
  const webSocketListener = createWebSocketListener(webSockets)
  let draining = false

  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    { serving, bodies, authenticate }: Entrance,
    peers: Peers | undefined,
  ): Promise<void> => {
    const { allowsOrigin, admin, metrics } = serving
    if (hasTwoHosts(request.rawHeaders)) return refuseTwoHosts(response)
    const cors = corsHeaders(request, allowsOrigin)
    if (isPreflight(request)) return answerPreflight(request, response, cors)
    const requestId = nextRequestId()
    const headers = [...cors, 'x-request-id', requestId, 'request-id', requestId]
    const { path, query } = splitUrl(request.url ?? '/')
    const protocol = dialectOf(path, request.headers)
    let caller: Caller | undefined
    try {
      const route = findRoute(request.method ?? '', path)
      if (isOpen(route)) return await answerOpen(route, request, response, headers, serving)
      if (serving.publicMetrics && 'kind' in route && route.kind === 'metrics')
        return await answerMetrics(metrics, request, response, headers)
      const redeemed = redeemTicket(route, query, request.headers)
      const presented = redeemed instanceof Promise ? await redeemed : redeemed
      const admitted = isAdmin(path)
        ? admin.admit(request.headers)
        : presented === request.headers
          ? authenticate(request.socket, presented)
          : serving.gateway.authenticate(presented)
      // A key is not waited for: that would cost every call a turn.
      caller = admitted instanceof Promise ? await admitted : admitted
      if (response.destroyed) throw clientLeft()
      if ('allow' in route) {
        if (route.allow.length > 0) headers.push('allow', route.allow.join(', '))
        throw toRouteError(request, path, route.allow)
      }
      if (route.kind === 'metrics') return await answerMetrics(metrics, request, response, headers)
      if (isAdminRoute(route)) {
        await answerAdmin(route.kind, { ...options, ...serving, response, headers, query })
        return doorAudit.admitted(request, requestId, caller, path)
      }
      await handleRoute(route, {
        gateway: serving.gateway,
        responses: serving.responses,
        peers,
        bodies,
        serving,
        admissions,
        request,
        response,
        requestId,
        caller,
        network: networkOf(request, serving.findNetwork),
        memory: options.memory,
        headers,
        query,
        usage: options.usage,
        protocol,
        sessions,
        presented,
      })
    } catch (thrown) {
      const error = toGatewayError(thrown)
      if (error.code === 'internal') log.error({ requestId, error: error.cause }, error.message)
      else if (error.code !== 'client_left') {
        log.info(
          { requestId, method: request.method, outcome: error.code, status: error.status },
          'refused',
        )
        metrics?.refused(error.code)
      }
      if (!caller) doorAudit.refused(request, requestId, error)
      else if (isAdmin(path)) doorAudit.admitted(request, requestId, caller, path, error)
      sendError(request, response, protocol, error, requestId, headers)
    }
  }

  /** A page cannot set a header for a stream of events. @returns what admits the caller */
  const redeemTicket = (
    route: Found,
    query: string,
    headers: CallHeaders,
  ): CallHeaders | Promise<CallHeaders> => {
    const takesTicket =
      'kind' in route && route.kind === 'session' && EVENT_STREAMS.has(route.action)
    return (takesTicket && sessions?.tickets.redeem(query, headers)) || headers
  }

  const answerOpen = (
    route: OpenRoute,
    request: IncomingMessage,
    response: ServerResponse,
    headers: readonly string[],
    { admin, gateway }: Serving,
  ): void | Promise<void> => {
    if (route.kind === 'probe') return sendJson(response, 200, headers, {})
    if (route.kind === 'docs') return answerPage(response, headers)
    if (route.kind === 'health')
      return answerHealth({ ...options, admin }, request, response, headers)
    const up = gateway.isReady() && !draining
    sendJson(response, up ? 200 : 503, headers, { status: up ? 'ok' : 'unavailable' })
  }

  const createDoor = (isForPeers: boolean): Server => {
    const settings = {
      // Buffer little of an unread answer before pausing its upstream.
      highWaterMark: 16 * 1024,
      // Node's timeouts bound how long a request may take to arrive, not how long an answer may take.
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 60_000,
      requestTimeout: 300_000,
      // Clients that offer h2c are served over HTTP/1.1.
      shouldUpgradeCallback: ({ headers }: IncomingMessage) =>
        !isForPeers && headers.upgrade?.toLowerCase() === 'websocket',
    }
    return createServer(settings, (request, response) => {
      const entrance = currentEntrance()
      answering.add(response, entrance.serving)
      if (draining) response.setHeader('connection', 'close')
      if (isForPeers) takeFromPeer(request)
      const peers = isForPeers ? undefined : options.peers
      handle(request, response, entrance, peers).catch((error: unknown) => {
        log.error({ error }, 'an answer could not be written')
        response.destroy()
      })
    })
  }
  const server = createDoor(false)
  const peerDoor = createDoor(true)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    answering.isBegun(socket) ? socket.destroySoon() : refuseMalformed(error, socket),
  )
  server.on('upgrade', (request, socket: Socket, head: Buffer) =>
    // An answer in progress would be mixed with the frames.
    answering.isOpen(socket) ? socket.destroy() : webSockets.upgrade(request, socket, head),
  )

  answering.watch(server)
  answering.watch(webSocketListener)
  answering.watch(peerDoor)
  const acceptedElsewhere = createAcceptedElsewhere()

  return {
    listen: (port, host) => listenAtPort(server, port, host),
    listenForWebSockets: (port, host) => listenAtPort(webSocketListener, port, host),
    listenForPeers: (path) => listen(peerDoor, { path }),
    accept: (socket, door) =>
      acceptedElsewhere.add(door === 'http' ? server : webSocketListener, socket),
    get openSockets() {
      return webSockets.open
    },
    reloaded: admissions.renew,
    async drain(withinMs, graceMs = 0) {
      draining = true
      // Connections that have arrived by now are accepted before: the system would reset them.
      if (graceMs > 0) await new Promise((resolve) => void setImmediate(resolve))
      const stop = graceMs > 0 ? stopListening : close
      const closed = Promise.all([
        stop(server),
        stop(webSocketListener),
        stop(peerDoor),
        acceptedElsewhere.ended(),
      ])
      webSockets.drain()
      for (const stream of sessions?.streams ?? []) stream.drain()
      const force = setTimeout(() => {
        webSockets.terminate()
        for (const stream of sessions?.streams ?? []) stream.cut()
        server.closeAllConnections()
        webSocketListener.closeAllConnections()
        peerDoor.closeAllConnections()
      }, withinMs)
      // Answers that had already begun have promised to keep their connections open.
      const headsEndAt = performance.now() + Math.max(HEAD_MS, graceMs)
      const sweep = setInterval(() => {
        if (graceMs === 0) server.closeIdleConnections()
        peerDoor.closeIdleConnections()
        // Behind a look at the sockets: a busy process may not have read a request that arrived long ago.
        if (performance.now() > headsEndAt) setImmediate(() => answering.closeOthers(graceMs))
      }, SWEEP_MS)
      await closed
      clearInterval(sweep)
      clearTimeout(force)
      await webSockets.gone()
    },
  }
}

/** Unlike `close`, it leaves idle connections open. Resolves when none is left. */
const stopListening = (server: Server): Promise<void> =>
  new Promise((resolve) => void NetServer.prototype.close.call(server, () => resolve()))

/** Also resolves for a server that never listened. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => void server.close(() => resolve()))

const listen = (server: Server, place: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(place, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** @returns the address, which has the port if none was chosen. */
const listenAtPort = async (server: Server, port: number, host: string): Promise<AddressInfo> => {
  await listen(server, { port, host })
  return server.address() as AddressInfo
}

type Found = ReturnType<typeof findRoute>

type OpenRoute = Extract<Route, { kind: 'health' | 'ready' | 'probe' | 'docs' }>

const isOpen = (route: Found): route is OpenRoute =>
  'kind' in route && ['health', 'ready', 'probe', 'docs'].includes(route.kind)

const isAdminRoute = (route: Route): route is Extract<Route, { kind: AdminRoute }> =>
  route.kind === 'admin' || route.kind.startsWith('admin-')

const toRouteError = (
  request: IncomingMessage,
  path: string,
  allow: readonly string[],
): GatewayError => {
  if (allow.length > 0)
    return new GatewayError('method_not_allowed', `This route takes ${allow.join(' or ')}.`)
  if (isDoubled(path))
    return new GatewayError(
      'not_found',
      'There is no /v1/v1: the base URL ends in /v1, and the client adds its own. Leave it out of the base URL.',
    )
  return new GatewayError('not_found', `There is no route ${request.method} ${path.slice(0, 200)}.`)
}

/** The two headers may disagree about the host, and Node would believe the first. */
const refuseTwoHosts = (response: ServerResponse): void => {
  const body = toMalformed('The request has more than one Host header.')
  sendJson(response, 400, ['connection', 'close'], body)
}

const MALFORMED: Readonly<Record<string, readonly [string, string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive.'],
}

/** Refuses what the HTTP parser rejects. The route is not known, so it uses the plainest dialect. */
const refuseMalformed = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, message] = MALFORMED[error.code ?? ''] ?? [
    '400 Bad Request',
    'The request is not valid HTTP.',
  ]
  refuse(socket, status, message)
}

const toMalformed = (message: string) => ({
  error: { message, type: 'invalid_request_error', code: null, param: null },
})

const refuse = (socket: Socket, status: string, message: string): void => {
  const body = JSON.stringify(toMalformed(message))
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
}
