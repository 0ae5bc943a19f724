/** Opens a realtime conversation, unless its client leaves first. */
import type { Socket } from 'node:net'
import type { Caller } from '#access'
import type { Gateway, RealtimeConversation } from '#gateway'
import { clientLeft, createDeparture } from '#model'
import { openaiResponses } from '#protocols'
import { headerOf } from '#streams'
import type { Refusal } from '../upgrade/refuse-upgrade.ts'

export interface RealtimeRequest {
  readonly gateway: Gateway
  readonly caller: Caller
  readonly network: string | undefined
  readonly requestId: string
  readonly rawHeaders: readonly string[]
  readonly query: string
  /** The socket of the client. */
  readonly socket: Socket
}

export interface Opened {
  readonly conversation: RealtimeConversation
  /** Headers of the answer to the client's request, as alternating names and values. */
  readonly headers: readonly string[]
}

export const openRealtime = async ({
  gateway,
  socket,
  ...request
}: RealtimeRequest): Promise<Opened | { readonly refusal: Refusal }> => {
  const { departure, end } = watchDeparture(socket)
  const answer = await gateway.openRealtime({
    ...request,
    route: 'WS /v1/realtime',
    protocol: openaiResponses,
    toPath: () => '/realtime',
    body: NO_BODY,
    signal: departure,
  })
  end()
  const { status, headers, body } = answer
  const withRequestId = headerOf(headers, 'x-request-id')
    ? headers
    : ['x-request-id', request.requestId, ...headers]
  if ('conversation' in answer) return { conversation: answer.conversation, headers: withRequestId }
  return { refusal: { status, headers: withRequestId, body: typeof body === 'string' ? body : '' } }
}

const NO_BODY = Buffer.alloc(0)

const watchDeparture = (socket: Socket) => {
  const departure = createDeparture()
  const leave = () => departure.abort(clientLeft())
  socket.once('close', leave)
  socket.once('end', leave)
  if (socket.destroyed) leave()
  return {
    departure,
    end(): void {
      socket.off('close', leave)
      socket.off('end', leave)
    },
  }
}
