/** Ends an upload that stalls or crawls, because the memory it holds is not available to others. */
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '#model'

/** The longest pause in the arrival of a request body. */
const UPLOAD_STALL_MS = 30_000
/** An upload that is slower counts as stalled. */
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
  let stopped = false
  let readBytes = socket.bytesRead

  return {
    watch(fail) {
      const look = (): void => {
        const arrived = socket.bytesRead - readBytes
        readBytes = socket.bytesRead
        if (arrived >= leastBytes) return
        clearInterval(timer)
        fail(stoppedShort())
      }
      // Most bodies arrive with their head: all that was read at once has been parsed by then.
      queueMicrotask(() => {
        if (!stopped && !request.complete) timer = setInterval(look, everyMs)
      })
    },
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}

const stoppedShort = (): GatewayError =>
  new GatewayError(
    'client_stalled',
    'The body of the request stopped arriving, or came too slowly.',
  )
