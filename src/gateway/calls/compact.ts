/** Compacts a conversation at one target: by the target's own route, or by asking a model for a summary. */
import { GatewayError, type ModelRequest } from '#model'
import type { Compaction } from '#protocols'
import type { Target } from '#router'
import { fromByteString, toByteString } from '#streams'
import type { Answer, GatewayCall } from '../call.ts'
import { type Envelope, readEnvelope } from '../request/envelope.ts'
import { parseBody } from '../request/parse-body.ts'
import { expectMissingRoute } from './missing-route.ts'
import { createDecoder } from '../request/decode-request.ts'
import { isRelayed } from '../lanes/choose-lane.ts'

interface Ask {
  readonly call: GatewayCall
  readonly envelope: Envelope
  readonly decode: () => ModelRequest
}

export interface CompactOptions extends Omit<Ask, 'decode'> {
  /** The same call, as a request for a summary. */
  readonly summary: () => Ask
  readonly target: Target
  /** Sends a call to the target. */
  readonly send: (ask: Ask) => Promise<Answer>
}

export const compact = async (options: CompactOptions): Promise<Answer> => {
  const { call, envelope, summary, target, send } = options
  if (isRelayed(call, envelope, target))
    try {
      return await send({ call, envelope, decode: () => summary().decode() })
    } catch (thrown) {
      expectMissingRoute(thrown)
    }
  const { body, ...answer } = await send(summary())
  if (typeof body !== 'string') throw new GatewayError('internal', 'A summary came as a stream.')
  const response = JSON.parse(fromByteString(body)) as Record<string, unknown>
  const short = compactionOf(call).encodeAnswer(response, parseBody(call.body))
  return { ...answer, body: toByteString(JSON.stringify(short)) }
}

/** Sluice reads and writes it itself, whatever the target speaks. Made only if needed, and at most once. */
export const createSummaryCall = (
  call: GatewayCall,
  maxDepth: number,
  hold: (bytes: number) => void,
): (() => Ask) => {
  let made: Ask | undefined
  return () => {
    if (!made) {
      // The request for a summary is about as large as the call.
      hold(call.body.length)
      made = toSummaryCall(call, maxDepth)
    }
    return made
  }
}

const toSummaryCall = (call: GatewayCall, maxDepth: number): Ask => {
  const { toPath, toRequest } = compactionOf(call)
  const body = Buffer.from(JSON.stringify(toRequest(parseBody(call.body))))
  const summary = { ...call, askedIn: call.protocol, toPath, body }
  return {
    call: summary,
    envelope: readEnvelope(summary, maxDepth),
    decode: createDecoder(summary),
  }
}

const compactionOf = ({ protocol }: GatewayCall): Compaction => {
  if (!protocol.compaction)
    throw new GatewayError('internal', 'This protocol makes no conversation short.')
  return protocol.compaction
}
