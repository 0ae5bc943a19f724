/** Opens the upstream's side of a realtime conversation. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { RealtimeLine } from '#gateway'
import { clientLeft, GatewayError } from '#model'
import { openaiResponses } from '#protocols'

export interface OpenedUpstream {
  /** Paused, so that nothing is lost before somebody listens. */
  readonly webSocket: WebSocket
  readonly socket: Socket
}

const MAX_FRAME_BYTES = 128 * 1024 * 1024
const MAX_ERROR_BYTES = 64 * 1024

/** Rejects with a GatewayError. */
export const openUpstream = async (
  { url, headers, connectMs }: RealtimeLine,
  client: Socket,
): Promise<OpenedUpstream> => {
  const { WebSocket: Client } = await import('ws')
  return new Promise((resolve, reject) => {
    const webSocket = new Client(url, {
      headers,
      perMessageDeflate: false,
      handshakeTimeout: connectMs,
      maxPayload: MAX_FRAME_BYTES,
    })
    let socket: Socket | undefined
    const leave = (): void => {
      reject(clientLeft())
      webSocket.terminate()
    }
    client.once('close', leave)
    webSocket.once('upgrade', (response) => (socket = response.socket))
    webSocket.once('open', () => {
      client.off('close', leave)
      webSocket.pause()
      if (socket) resolve({ webSocket, socket })
    })
    webSocket.once('unexpected-response', (request, response) => {
      toRefusal(response)
        .then(reject, reject)
        .finally(() => request.destroy())
    })
    webSocket.on('error', (cause) =>
      reject(
        new GatewayError('upstream_unreachable', 'The upstream could not be reached.', { cause }),
      ),
    )
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
    // What came of it is all there is.
  }
  const { statusCode: status = 502, rawHeaders } = response
  return openaiResponses.decodeError({
    status: status >= 400 ? status : 502,
    rawHeaders,
    body: Buffer.from(body, 'latin1').toString(),
  })
}
