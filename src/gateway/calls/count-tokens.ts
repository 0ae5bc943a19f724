/** Counts the tokens that a request would cost, without asking for an answer. */
import type { MemoryAccount } from '#access'
import { GatewayError, parseObject } from '#model'
import type { Counting } from '#protocols'
import type { HttpProvider } from '#providers'
import type { Target } from '#router'
import { type ByteString, fromByteString } from '#streams'
import type { TokenCounter } from '#usage'
import type { Answer, GatewayCall } from '../call.ts'
import type { LaneRecord } from '../record/call-record.ts'
import type { Spent } from '../record/spent.ts'
import type { Envelope } from '../request/envelope.ts'
import { parseBody } from '../request/parse-body.ts'
import { attemptHttp } from '../attempts/http-attempt.ts'
import type { Lane } from '../lanes/lane.ts'
import type { LargeWork } from '../attempts/large-work.ts'
import { expectMissingRoute } from './missing-route.ts'
import { createRelayLane } from '../lanes/relay-lane.ts'
import { isRelayed } from '../lanes/choose-lane.ts'

export interface Count {
  readonly call: GatewayCall
  readonly envelope: Envelope
  readonly target: Target
  readonly record: LaneRecord
  readonly counter: TokenCounter
  readonly memory: MemoryAccount
  readonly large: LargeWork
  /** Headers of ours for every upstream, as alternating names and values. */
  readonly headers: readonly string[]
}

export const countTokens = async (count: Count): Promise<Answer> => {
  const { call, envelope, target } = count
  const { provider } = target
  if (provider.kind === 'http' && isRelayed(call, envelope, target))
    try {
      return await forward(count, provider)
    } catch (thrown) {
      expectMissingRoute(thrown)
    }
  const tokens = await countHere(count)
  if (call.signal.reason) throw call.signal.reason
  const body = JSON.stringify(countingOf(call).encodeCount(tokens))
  const headers = ['content-type', 'application/json']
  return { status: 200, headers, body, spent: toSpent(tokens) }
}

const forward = (count: Count, provider: HttpProvider): Promise<Answer> => {
  const { call, envelope, target, record, headers } = count
  const relay = createRelayLane(call, envelope, { model: target.model, injectUsage: false })
  const lane: Lane = {
    ...relay,
    convert: ({ bytes }) => ({ body: bytes, ...toSpent(parseCount(call, bytes)) }),
  }
  record.lane(lane.kind, lane.protocol.name)
  const { signal, belonging: keyChoice } = call
  return attemptHttp({ lane, provider, stream: false, headers, signal, record, keyChoice })
}

/** The record contains what was counted, and no output. */
const toSpent = (tokens: number | undefined): Spent => ({
  usage: { inputTokens: tokens, outputTokens: 0 },
  outputCharacters: 0,
})

const parseCount = (call: GatewayCall, answer: ByteString): number | undefined => {
  const body = parseObject(fromByteString(answer))
  return body && countingOf(call).decodeCount(body)
}

const countingOf = ({ protocol }: GatewayCall): Counting => {
  if (!protocol.counting) throw new GatewayError('internal', 'This protocol cannot be counted.')
  return protocol.counting
}

const countHere = async (count: Count): Promise<number> => {
  const { call, memory } = count
  // The text to count is extracted from the body, and held in addition to it.
  const held = memory.hold(call.caller, call.body.length)
  try {
    return await countRequest(count)
  } finally {
    held.release()
  }
}

const countRequest = async ({ call, target, counter, large }: Count): Promise<number> => {
  const { codec } = call.protocol
  if (!codec) throw new GatewayError('internal', 'This protocol cannot be counted.')
  const request = await large(call, () => {
    const body = countingOf(call).toRequest(parseBody(call.body))
    return codec.decodeRequest({ ...body, ...call.named })
  })
  const { provider, model } = target
  const own = provider.kind === 'local' ? provider.countTokens?.(request) : undefined
  const asker = { callerId: call.caller.id, signal: call.signal.toAbortSignal() }
  return own ?? counter.count(request, model, asker)
}
