/**
 * Opens a stream that has been silent for long: a 200 and comments, so that nothing between the client
 * and us gives up. Retry and fallback go on behind it; an error is then the stream's last event.
 */
import { toGatewayError } from '#model'
import { type ByteChannel, createByteChannel, sseComment } from '#streams'
import type { Answer, GatewayCall } from './call.ts'
import type { CallRecord } from './call-record.ts'

const EVENT_STREAM = ['content-type', 'text/event-stream; charset=utf-8']
const COMMENT = sseComment('keepalive')

/** @param answer rejects with what the client is to be told. */
export const openInTime = (
  call: GatewayCall,
  answer: Promise<Answer>,
  silenceMs: number,
  record: CallRecord,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(openEarly(call, answer, silenceMs, record)), silenceMs)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })

const openEarly = (
  call: GatewayCall,
  pending: Promise<Answer>,
  silenceMs: number,
  record: CallRecord,
): Answer => {
  let inner: ByteChannel | undefined
  const channel = createByteChannel(() => inner?.resume())
  channel.write(COMMENT)
  const beat = setInterval(() => channel.write(COMMENT), silenceMs)
  const stop = () => clearInterval(beat)
  call.signal.addEventListener('abort', stop, { once: true })

  const deliver = async (): Promise<void> => {
    try {
      const { body } = await pending
      stop()
      if (typeof body !== 'string') {
        inner = body
        return body.readTo(channel)
      }
      channel.write(body)
    } catch (thrown) {
      stop()
      const error = toGatewayError(thrown)
      record.settle(error.code, undefined, error)
      channel.write(call.protocol.encodeStreamError(error, call.requestId))
    }
    channel.end()
  }
  void deliver()
  return { status: 200, headers: EVENT_STREAM, body: channel }
}
