/** Opens the upstream side of a realtime conversation. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { type Departure, GatewayError } from '#model'
import { openaiResponses } from '#protocols'

export interface OpenedUpstream {
  /** Paused, so that nothing is lost before a listener is attached. */
  readonly webSocket: WebSocket
  readonly socket: Socket
  /** The headers of the upstream's answer, as alternating names and values. */
  readonly rawHeaders: readonly string[]
}

export interface UpstreamAddress {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** How long the upstream may take to answer, once it is connected. */
  readonly answerMs: number
  connect(): Promise<Socket>
}

const MAX_FRAME_BYTES = 128 * 1024 * 1024
const MAX_ERROR_BYTES = 64 * 1024

/** Rejects with a GatewayError, a TransportError, or the departure's reason. */
export const openUpstream = async (
  { url, headers, answerMs, connect }: UpstreamAddress,
  departure: Departure,
): Promise<OpenedUpstream> => {
  const { WebSocket: Client } = await import('ws')
  const socket = await connect()
  return new Promise((resolve, reject) => {
    const webSocket = new Client(url, {
      headers,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      // Malformed UTF-8 is replaced later. Here it would end the conversation.
      skipUTF8Validation: true,
      createConnection: () => socket,
      finishRequest: (request: ClientRequest) => {
        // A socket that goes through a proxy is paused when it arrives.
        request.once('socket', () => socket.resume())
        request.end()
      },
    })
    let rawHeaders: readonly string[] = []
    const settle = (): void => {
      clearTimeout(timer)
      departure.off(leave)
    }
    const giveUp = (reason: unknown): void => {
      settle()
      reject(reason)
      webSocket.terminate()
      socket.destroy()
    }
    const leave = () => giveUp(departure.reason)
    const timer = setTimeout(() => giveUp(timedOut()), answerMs)
    departure.on(leave)
    if (departure.aborted) leave()

    webSocket.once('upgrade', (response) => ({ rawHeaders } = response))
    webSocket.once('open', () => {
      settle()
      webSocket.pause()
      resolve({ webSocket, socket, rawHeaders })
    })
    webSocket.once('unexpected-response', (_, response) => void toRefusal(response).then(giveUp))
    webSocket.on('error', (error) => giveUp(toFailure(error)))
  })
}

const toRefusal = async (response: IncomingMessage): Promise<GatewayError> => {
  let body = ''
  try {
    for await (const bytes of response) {
      body += (bytes as Buffer).toString('latin1')
      if (body.length > MAX_ERROR_BYTES) break
    }
  } catch {
    // The body was cut off: use what was received of it.
  }
  const { statusCode: status = 502, rawHeaders } = response
  return openaiResponses.decodeError({
    status: status >= 300 ? status : 502,
    rawHeaders,
    body: Buffer.from(body, 'latin1').toString(),
  })
}

const BREAKS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

const toFailure = (cause: Error & { code?: unknown }): GatewayError =>
  BREAKS.has(cause.code)
    ? new GatewayError('upstream_broken', 'The upstream closed the connection unanswered.', {
        cause,
      })
    : new GatewayError('upstream_invalid', 'The upstream’s answer opens no WebSocket.', { cause })

const timedOut = () => new GatewayError('upstream_timeout', 'The upstream did not answer in time.')
