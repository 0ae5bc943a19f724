/**
 * Opens a stream that has been silent for too long, with status 200 and comments, so that no client or intermediary
 * gives up. Retries and fallback continue meanwhile; an error is then the last event of the stream.
 */
import { GatewayError } from '#model'
import { type ByteChannel, type ByteString, createByteChannel, sseComment } from '#streams'
import type { Answer, GatewayCall } from '../call.ts'
import { EVENT_STREAM, isEventStream } from '../lanes/relay-headers.ts'

const COMMENT = sseComment('keepalive')

/** `openAfterMs` may be 0; heartbeats still need a minimum interval. */
const SHORTEST_BEAT_MS = 100

/** The interval of the comments in a silent stream. */
export const toBeatMs = (silenceMs: number): number => Math.max(silenceMs, SHORTEST_BEAT_MS)

interface Opening {
  /** The client has been sent headers of our own. */
  onOpened(): void
  /** Encodes a failure after the opening as the last event. */
  encodeFailure(thrown: unknown): ByteString
}

export const openInTime = (
  call: GatewayCall,
  answer: Promise<Answer>,
  silenceMs: number,
  opening: Opening,
): Promise<Answer> => {
  if (call.protocol.commentsInStream === false) return answer
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(openEarly(call, answer, silenceMs, opening)), silenceMs)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const openEarly = (
  call: GatewayCall,
  pending: Promise<Answer>,
  silenceMs: number,
  { onOpened, encodeFailure }: Opening,
): Answer => {
  onOpened()
  let inner: ByteChannel | undefined
  const channel = createByteChannel(() => inner?.resume())
  channel.write(COMMENT)
  const beat = setInterval(() => channel.write(COMMENT), toBeatMs(silenceMs))
  const stop = () => clearInterval(beat)
  call.signal.on(stop)

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
      channel.write(encodeFailure(thrown))
    }
    channel.end()
  }
  void deliver()
  return { status: 200, headers: EVENT_STREAM, body: channel }
}

const noStream = (): GatewayError =>
  new GatewayError('upstream_invalid', 'The upstream did not answer with the stream asked for.')
