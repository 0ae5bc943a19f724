/**
 * Opens a stream that has been silent for long: a 200 and comments, so that nothing between the client
 * and us gives up. Retry and fallback go on behind it; an error is then the stream's last event.
 */
import { GatewayError } from '#model'
import { type ByteChannel, createByteChannel, sseComment } from '#streams'
import type { Answer, GatewayCall } from '../call.ts'
import { EVENT_STREAM, isEventStream } from '../lanes/relay-headers.ts'

const COMMENT = sseComment('keepalive')

/** A stream may be opened at once; that is no pace for comments. */
const SHORTEST_BEAT_MS = 100

/** How often a silent stream is told that somebody is there. */
export const toBeatMs = (silenceMs: number): number => Math.max(silenceMs, SHORTEST_BEAT_MS)

/** @param toError what the client is told of a failure that comes after the opening. */
export const openInTime = (
  call: GatewayCall,
  answer: Promise<Answer>,
  silenceMs: number,
  toError: (thrown: unknown) => GatewayError,
): Promise<Answer> => {
  if (call.protocol.commentsInStream === false) return answer
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(openEarly(call, answer, silenceMs, toError)), silenceMs)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const openEarly = (
  call: GatewayCall,
  pending: Promise<Answer>,
  silenceMs: number,
  toError: (thrown: unknown) => GatewayError,
): Answer => {
  let inner: ByteChannel | undefined
  const channel = createByteChannel(() => inner?.resume())
  channel.write(COMMENT)
  const beat = setInterval(() => channel.write(COMMENT), toBeatMs(silenceMs))
  const stop = () => clearInterval(beat)
  call.signal.addEventListener('abort', stop, { once: true })

  const deliver = async (): Promise<void> => {
    try {
      const { body, headers } = await pending
      stop()
      if (typeof body !== 'string') {
        inner = body
        return body.readTo(channel)
      }
      if (!isEventStream(headers)) throw noStream()
      channel.write(body)
    } catch (thrown) {
      stop()
      channel.write(call.protocol.encodeStreamError(toError(thrown), call.requestId))
    }
    channel.end()
  }
  void deliver()
  return { status: 200, headers: EVENT_STREAM, body: channel }
}

const noStream = (): GatewayError =>
  new GatewayError('upstream_invalid', 'The upstream did not answer with the stream asked for.')
