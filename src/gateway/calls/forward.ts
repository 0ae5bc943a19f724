/** Sends a call to one target unchanged, and relays the answer. */
import { GatewayError } from '#model'
import type { Target } from '#router'
import type { Redact } from '#telemetry'
import { attemptHttp } from '../attempts/http-attempt.ts'
import type { Answer, GatewayCall } from '../call.ts'
import type { Lane } from '../lanes/lane.ts'
import { createRelayLane } from '../lanes/relay-lane.ts'
import type { Notes } from '../lanes/relay/relay-stream.ts'
import type { CallRecord, LaneRecord, ToReport } from '../record/call-record.ts'

export interface Forwarding extends Pick<Notes, 'onGiven'> {
  readonly method: NonNullable<Lane['method']>
  /** Whether the answer is a stream of events. */
  readonly stream: boolean
  /** The cost that this call reports. An earlier call may have reported it already. */
  readonly toReport: ToReport
  /** The fingerprint of the key that has what the call is about. */
  readonly wantedKey: string | undefined
}

interface ForwardTry extends Forwarding {
  readonly record: LaneRecord & Pick<CallRecord, 'reports'>
  /** Headers of ours for every upstream, as alternating names and values. */
  readonly headers: readonly string[]
  readonly redact: Redact
}

/** Rejects with a GatewayError. */
export const forward = async (
  call: GatewayCall,
  { provider, model }: Target,
  { method, stream, onGiven, toReport, wantedKey, record, headers, redact }: ForwardTry,
): Promise<Answer> => {
  if (provider.kind !== 'http')
    throw new GatewayError('internal', `Nothing is forwarded to '${provider.name}'.`)
  record.lane('relay', call.protocol.name)
  const envelope = { model, stream, members: [] }
  const relay = createRelayLane(call, envelope, { model, injectUsage: false, redact, onGiven })
  const lane: Lane = {
    ...relay,
    method,
    body: call.body.length > 0 ? relay.body : [],
    // A single read is complete, whatever is read of an earlier answer.
    convert: (whole) =>
      stream ? relay.convert(whole) : { ...relay.convert(whole), ending: undefined },
  }
  const { signal } = call
  record.reports(toReport)
  const keyChoice = { wantedKey, conversation: undefined, used: { key: undefined } }
  return attemptHttp({ lane, provider, stream, headers, signal, record, keyChoice })
}
