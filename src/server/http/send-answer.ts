/** Writes answers to a client, as fast as the client reads. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller, MemoryAccount, MemoryHold } from '#access'
import { type Answer, SMALL_BYTES } from '#gateway'
import type { GatewayError, JsonObject } from '#model'
import type { Protocol } from '#protocols'
import { type ByteChannel, type ByteSink, toByteString } from '#streams'
import { createUnreadBytes, type UnreadBytes } from '../bodies/unread-bytes.ts'

/** How long to discard the rest of an unwanted body. */
const LINGER_MS = 2_000

/** How long a client may read nothing of an answer that is completely written. */
const STALLED_MS = 300_000

const STREAM_HEADERS = ['cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no']

export interface Addressee {
  readonly memory: MemoryAccount
  readonly caller: Caller
}

/**
 * @param own our headers, as alternating names and values. The headers of the answer take precedence.
 * @param addressee the caller for whom the answer is held until it has been read.
 * @throws GatewayError `at_capacity`, before anything is written.
 */
export const sendAnswer = (
  response: ServerResponse,
  { status, headers, body }: Answer,
  own: readonly string[],
  addressee?: Addressee,
): void => {
  const merged = merge(headers, own)
  if (typeof body !== 'string') return sendStream(response, status, merged, body, addressee)
  if (response.destroyed) return
  if (addressee && body.length > SMALL_BYTES) {
    // An unread answer must not evict what is kept for the next call.
    const { release } = addressee.memory.hold(addressee.caller, body.length, false)
    response.on('close', release)
  }
  merged.push('content-length', String(body.length))
  response.writeHead(status, merged)
  response.end(body, 'latin1')
  boundStall(response)
}

/** Before its last write a stream has other deadlines. This one covers the time after it. */
const boundStall = (response: ServerResponse): void => {
  if (response.writableLength > 0) response.setTimeout(STALLED_MS, () => response.destroy())
}

export const sendJson = (
  response: ServerResponse,
  status: number,
  headers: readonly string[],
  body: JsonObject,
  addressee?: Addressee,
): void => {
  const answer = { status, headers: ['content-type', 'application/json'] }
  sendAnswer(response, { ...answer, body: toByteString(JSON.stringify(body)) }, headers, addressee)
}

/** @param request the rest of its body is discarded, and the connection closes after the answer. */
export const sendError = (
  request: IncomingMessage,
  response: ServerResponse,
  protocol: Protocol,
  error: GatewayError,
  requestId: string,
  headers: readonly string[],
): void => {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const encoded = protocol.encodeError(error, requestId)
  const own = [...headers, ...Object.entries(encoded.headers).flat()]
  if (request.complete) return sendJson(response, encoded.status, own, encoded.body)
  const body = JSON.stringify(encoded.body)
  response.writeHead(encoded.status, [
    ...own,
    'content-type',
    'application/json',
    'content-length',
    String(Buffer.byteLength(body)),
    'connection',
    'close',
  ])
  response.write(body)
  endAfter(request, response)
}

/** Closing a connection while bytes still arrive resets it, and the reset may overtake the answer. */
const endAfter = (request: IncomingMessage, response: ServerResponse): void => {
  const end = () => void response.end()
  const timer = setTimeout(end, LINGER_MS)
  request.once('close', () => {
    clearTimeout(timer)
    end()
  })
  request.resume()
}

const NOTHING = () => undefined

const sendStream = (
  response: ServerResponse,
  status: number,
  headers: readonly string[],
  channel: ByteChannel,
  addressee: Addressee | undefined,
): void => {
  // The client has left and the call was aborted.
  if (response.destroyed) return
  channel.readTo(openStream(response, status, headers, addressee, () => channel.resume()))
}

/** @param onReady called when the client has read what it was sent. */
export const openStream = (
  response: ServerResponse,
  status: number,
  headers: readonly string[],
  addressee: Addressee | undefined,
  onReady: () => void,
): ByteSink => {
  response.writeHead(status, merge(STREAM_HEADERS, headers))
  const unread = addressee && countUnread(response, addressee)
  response.on('drain', () => {
    unread?.release()
    onReady()
  })
  return toSink(response, unread?.count)
}

/** Counts what a client has not read yet, while it is behind. */
const countUnread = (response: ServerResponse, { memory, caller }: Addressee): UnreadBytes => {
  // One hold for the complete answer: a client may fall behind and catch up many times a second.
  let held: MemoryHold | undefined
  let closed = false
  const tryHold = (bytes: number): boolean => {
    // What is written after the end is discarded, and nothing would release it again.
    if (closed || (bytes === 0 && !held)) return true
    try {
      held ??= memory.hold(caller, 0, false)
    } catch {
      return false
    }
    const more = bytes - held.bytes
    if (more > 0) return held.tryGrow(more)
    held.shrink(-more)
    return true
  }
  const unread = createUnreadBytes(tryHold, () => response.destroy())
  response.once('close', () => {
    unread.release()
    held?.release()
    closed = true
  })
  return unread
}

const toSink = (response: ServerResponse, count: (bytes: number) => void = NOTHING): ByteSink => {
  // Node writes a chunk as four strings, which are joined again on their way to the socket. If Node has chosen chunked
  // encoding, the chunks are framed here instead, as one string each.
  const { chunkedEncoding } = response
  response.chunkedEncoding = false
  let begun = false

  return {
    // A zero-length chunk would end the body.
    write(bytes) {
      if (bytes === '') return true
      if (!chunkedEncoding) return send(response, bytes, count)
      const chunk = `${bytes.length.toString(16)}\r\n${bytes}\r\n`
      if (begun && writeNow(response, chunk)) return true
      begun = true
      return send(response, chunk, count)
    },
    end() {
      response.end(chunkedEncoding ? '0\r\n\r\n' : '', 'latin1')
      boundStall(response)
    },
    abort: () => void response.destroy(),
  }
}

const send = (
  response: ServerResponse,
  bytes: string,
  count: (unreadBytes: number) => void,
): boolean => {
  const ready = response.write(bytes, 'latin1')
  if (!ready) count(response.writableLength)
  return ready
}

/**
 * Node keeps what is written to a response until the end of the turn. After the head, a small chunk for a client that
 * reads can go to the socket at once, which costs less.
 *
 * @returns false, and writes nothing, if the response must write it: it is not yet the turn of this response among those
 * that the client asked for, or a `drain` may have to follow the write.
 */
const writeNow = (response: ServerResponse, chunk: string): boolean => {
  const { socket } = response
  if (!socket?.writable || response.writableEnded) return false
  if (socket.writableLength + chunk.length >= socket.writableHighWaterMark) return false
  return socket.write(chunk, 'latin1')
}

/** Merges two lists of headers into a new one. A name of the winner replaces the same name of the loser. */
const merge = (
  first: readonly string[],
  second: readonly string[],
  secondWins = false,
): string[] => {
  const [winner, loser] = secondWins ? [second, first] : [first, second]
  const merged = [...winner]
  for (let at = 0; at + 1 < loser.length; at += 2)
    if (!includesName(winner, loser[at] ?? '')) merged.push(loser[at] ?? '', loser[at + 1] ?? '')
  return merged
}

const includesName = (headers: readonly string[], name: string): boolean => {
  for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) return true
  return false
}
