/** Realtime conversations: chooses the target, and tries to open it. */
import { invalidRequest, toGatewayError } from '#model'
import type { HttpProvider, RealtimeAddress } from '#providers'
import type { Target } from '#router'
import type { Redact } from '#telemetry'
import { TransportError } from '#transport'
import { filterHeaders, toHeaderRecord } from '#streams'
import type { Answer, GatewayCall } from '../../call.ts'
import type { CallRecord } from '../../record/call-record.ts'
import type { Spent } from '../../record/spent.ts'
import { toUpstreamError } from '../../attempts/transport-failure.ts'
import { toClientHeaders, toUpstreamHeaders, withOwn } from '../../lanes/relay-headers.ts'
import { wantsRunningCost } from '../../lanes/wrapped/running-cost.ts'
import { type OpenedUpstream, openUpstream } from './realtime-upstream.ts'

/** A conversation that an upstream has opened. */
export interface RealtimeConversation {
  readonly upstream: OpenedUpstream
  /** Removes our keys from the upstream's messages about failures. */
  readonly redact: Redact
  /** Settled by the owner of the conversation. */
  readonly record: Pick<CallRecord, 'firstByte' | 'settle'>
  /** The cost of what was used so far. Absent: the client did not ask for it. */
  readonly costOf: CallRecord['costOf'] | undefined
}

/** An answer with status 101, for the client's handshake. */
export interface RealtimeAnswer extends Answer {
  readonly conversation: RealtimeConversation
}

/** @throws GatewayError */
export const readAskedModel = ({ query }: GatewayCall): string => {
  const asked = new URLSearchParams(query).get('model')
  if (!asked) throw invalidRequest("'model' is required in the query.", 'model')
  return asked
}

export interface RealtimeTarget extends Target {
  readonly provider: HttpProvider & { readonly realtime: RealtimeAddress }
}

/** The targets that support realtime. @throws GatewayError */
export const toRealtimeTargets = (
  asked: string,
  targets: readonly Target[],
): readonly RealtimeTarget[] => {
  const able = targets.filter(hasRealtime)
  if (able.length > 0) return able
  throw invalidRequest(`'${asked.slice(0, 200)}' leads to no model that speaks Realtime.`, 'model')
}

const hasRealtime = (target: Target): target is RealtimeTarget =>
  target.provider.kind === 'http' && target.provider.realtime !== undefined

interface RealtimeTry {
  readonly record: RealtimeConversation['record'] &
    Pick<CallRecord, 'lane' | 'sent' | 'answered' | 'costOf'>
  /** Headers of ours for every upstream, as alternating names and values. */
  readonly headers: readonly string[]
  readonly redact: Redact
}

/** Once the upstream's WebSocket is open, no other target is tried. Rejects with a GatewayError. */
export const tryRealtime = async (
  call: GatewayCall,
  { provider, model }: RealtimeTarget,
  { record, headers: hopHeaders, redact }: RealtimeTry,
): Promise<RealtimeAnswer> => {
  record.lane('relay', 'realtime')
  const { realtime, deadlines } = provider
  const query = new URLSearchParams(call.query)
  query.set('model', model)
  query.delete('key')
  const key = provider.keys?.take()
  record.sent(key?.position)
  const headers = [
    ...withOwn(toUpstreamHeaders(call.rawHeaders), hopHeaders),
    ...realtime.headers,
    ...(key?.headers ?? []),
  ]
  try {
    const address = {
      url: `${realtime.url}?${query}`,
      headers: toRecord(headers),
      // A handshake involves no model, so it needs no time to think.
      answerMs: Math.min(deadlines.connectMs, deadlines.firstEventMs),
      connect: () => realtime.connect(call.signal.toAbortSignal()),
    }
    const upstream = await openUpstream(address, call.signal)
    record.answered(upstream.rawHeaders)
    const costOf = wantsRunningCost(call) ? (spent: Spent) => record.costOf(spent) : undefined
    return {
      status: 101,
      headers: withoutHandshake(toClientHeaders(upstream.rawHeaders)),
      body: '',
      conversation: { upstream, redact, record, costOf },
    }
  } catch (thrown) {
    const error =
      thrown instanceof TransportError ? toUpstreamError(thrown) : toGatewayError(thrown)
    key?.failed(error)
    throw error
  }
}

/** A handshake has no body, so these do not apply. */
const ABOUT_A_BODY = new Set(['content-type', 'accept-encoding'])

const toRecord = (headers: readonly string[]): Record<string, string> =>
  toHeaderRecord(filterHeaders(headers, (name) => !ABOUT_A_BODY.has(name)))

/** Sluice answers the client's handshake itself, so these are not forwarded. */
const withoutHandshake = (headers: readonly string[]): string[] =>
  filterHeaders(headers, (name) => !name.startsWith('sec-websocket-'))
