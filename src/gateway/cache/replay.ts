/** Gives a call an answer that was kept. */
import { clientLeft } from '#model'
import type { ByteChannel, ByteString } from '#streams'
import type { Answer, GatewayCall } from '../call.ts'
import { createFreeCost, withFinalCost } from '../lanes/wrapped/running-cost.ts'
import type { CallRecord } from '../record/call-record.ts'
import { type StoredAnswer, toHit, withText } from './stored-answer.ts'
import { createTape, type Reading, type Tape } from './tape.ts'

/** @throws GatewayError `at_capacity` */
export const replay = (call: GatewayCall, record: CallRecord, stored: StoredAnswer): Answer => {
  const { headers, body, isStream, served } = stored
  record.cached('hit', served)
  const answer = toHit({ status: 200, headers, body })
  if (isStream) {
    // A document is counted where it is sent.
    record.holds(record.hold(body.length))
    record.opened()
    return { ...answer, body: toChannel(call, record, body) }
  }
  record.firstByte()
  record.settle('ok')
  return withText(answer, createFreeCost(call))
}

const toChannel = (call: GatewayCall, record: CallRecord, body: ByteString): ByteChannel => {
  let reading: Reading | undefined
  const leave = (): void => {
    const reason = call.signal.reason ?? clientLeft()
    record.settle(reason.code, undefined, reason)
    if (reason.code !== 'unauthenticated') return reading?.stop()
    // Its key has ended, but the client is still there to read so.
    const last = call.protocol.encodeStreamError(reason, call.requestId)
    reading?.end(withFinalCost(last, 0, call))
  }
  const end = (outcome: 'ok' | 'client_stalled'): void => {
    call.signal.off(leave)
    record.settle(outcome)
  }
  call.signal.on(leave)
  reading = toTape(body).follow({
    toOwn: createFreeCost(call),
    // A short answer ends at once.
    onEnd: () => end('ok'),
    onCut: () => end('client_stalled'),
  })
  return reading.channel
}

/** A client that reads slowly is written so much at a time. */
const PIECE_BYTES = 64 * 1024

const toTape = (body: ByteString): Tape => {
  const tape = createTape({
    maxBytes: Infinity,
    onResume: () => undefined,
    // It is in memory already.
    tryHold: () => true,
    onOverflow: () => undefined,
  })
  for (let at = 0; at < body.length;) {
    const end = endOfEvents(body, at + PIECE_BYTES)
    tape.write(body.slice(at, end))
    at = end
  }
  tape.finish()
  return tape
}

/** The end of the first event that ends there or later, so that an error may follow each piece. */
const endOfEvents = (body: ByteString, from: number): number => {
  if (from >= body.length) return body.length
  const ends = ['\n\n', '\r\n\r\n'].flatMap((end) => {
    const at = body.indexOf(end, from)
    return at === -1 ? [] : [at + end.length]
  })
  return Math.min(body.length, ...ends)
}
