/** Ends an upload that stops short, or crawls: what it holds until then is kept from others. */
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '#model'

/** How long the body of a request may take for each piece that is worth waiting for. */
const UPLOAD_STALL_MS = 30_000
/** What arrives more slowly counts as standing still. */
const MIN_BYTES_PER_SECOND = 1024

export interface UploadProgress {
  /** @param fail is called once, with the error for the client. */
  watch(fail: (error: GatewayError) => void): void
  stop(): void
}

export const createUploadProgress = (
  request: IncomingMessage,
  everyMs = UPLOAD_STALL_MS,
): UploadProgress => {
  const { socket } = request
  const leastBytes = (MIN_BYTES_PER_SECOND * everyMs) / 1000
  let timer: NodeJS.Timeout | undefined
  let readBytes = socket.bytesRead

  return {
    watch(fail) {
      timer = setInterval(() => {
        const arrived = socket.bytesRead - readBytes
        readBytes = socket.bytesRead
        if (arrived >= leastBytes) return
        clearInterval(timer)
        fail(stoppedShort())
      }, everyMs)
    },
    stop: () => clearInterval(timer),
  }
}

const stoppedShort = (): GatewayError =>
  new GatewayError(
    'client_stalled',
    'The body of the request stopped arriving, or came too slowly.',
  )
