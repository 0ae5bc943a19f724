/** A realtime conversation from a client's request to the upstream that took it. */
import type { Socket } from 'node:net'
import type { Caller } from '#access'
import type { Gateway, RealtimeLine } from '#gateway'
import { clientLeft } from '#model'
import { openaiResponses } from '#protocols'
import { headerOf } from '#streams'
import { type OpenedUpstream, openUpstream } from './realtime-upstream.ts'
import type { Refusal } from '../upgrade/refuse-upgrade.ts'

export interface RealtimeRequest {
  readonly gateway: Gateway
  readonly caller: Caller
  readonly requestId: string
  readonly rawHeaders: readonly string[]
  readonly query: string
  /** Of the client. */
  readonly socket: Socket
}

export interface Conversation {
  readonly upstream: OpenedUpstream
  readonly line: RealtimeLine
  /** For the answer to the client's request, names and values in turn. */
  readonly headers: readonly string[]
}

export const openRealtime = async ({
  gateway,
  socket,
  ...request
}: RealtimeRequest): Promise<Conversation | { readonly refusal: Refusal }> => {
  const opened: Omit<Conversation, 'headers'>[] = []
  const departure = watchDeparture(socket)
  const { signal } = departure
  const { status, headers, body } = await gateway.openRealtime({
    ...request,
    route: 'WS /v1/realtime',
    protocol: openaiResponses,
    toPath: () => '/realtime',
    body: NO_BODY,
    signal,
    async open(line) {
      const upstream = await openUpstream(line, signal)
      opened.push({ upstream, line })
      return upstream.rawHeaders
    },
  })
  departure.end()
  const told = headerOf(headers, 'x-request-id')
    ? headers
    : ['x-request-id', request.requestId, ...headers]
  const [conversation] = opened
  if (conversation) return { ...conversation, headers: told }
  return { refusal: { status, headers: told, body: typeof body === 'string' ? body : '' } }
}

const NO_BODY = Buffer.alloc(0)

const watchDeparture = (socket: Socket) => {
  const departure = new AbortController()
  const leave = () => departure.abort(clientLeft())
  socket.once('close', leave)
  socket.once('end', leave)
  if (socket.destroyed) leave()
  return {
    signal: departure.signal,
    end(): void {
      socket.off('close', leave)
      socket.off('end', leave)
    },
  }
}
