/** Counts what a request would cost to read, without asking for an answer. */
import { ERROR_KINDS, GatewayError, toGatewayError } from '#model'
import type { HttpProvider } from '#providers'
import type { Target } from '#router'
import type { TokenCounter } from '#usage'
import type { Answer, GatewayCall } from './call.ts'
import type { CallRecord } from './call-record.ts'
import { type Envelope, parseBody } from './envelope.ts'
import { attemptHttp } from './http-attempt.ts'
import { createRelayLane } from './relay-lane.ts'
import { speaks } from './try-target.ts'

export interface Count {
  readonly call: GatewayCall
  readonly envelope: Envelope
  readonly target: Target
  readonly record: CallRecord
  readonly counter: TokenCounter
  /** What every upstream is told by us, names and values in turn. */
  readonly headers: readonly string[]
}

export const countTokens = async (count: Count): Promise<Answer> => {
  const { call, target, record } = count
  const { provider, model } = target
  record.attempt(`${provider.name}/${model}`)
  if (provider.kind === 'http' && speaks(provider, call.protocol))
    try {
      return await forward(count, provider)
    } catch (thrown) {
      // Many servers speak the protocol but for this route.
      const error = toGatewayError(thrown)
      if (error.status !== ERROR_KINDS.not_found.status) throw error
    }
  const tokens = await countHere(count)
  record.settle('ok', { usage: { inputTokens: tokens, outputTokens: 0 }, outputCharacters: 0 })
  return {
    status: 200,
    headers: ['content-type', 'application/json'],
    body: JSON.stringify({ input_tokens: tokens }),
  }
}

const forward = (count: Count, provider: HttpProvider): Promise<Answer> => {
  const { call, envelope, target, record, headers } = count
  const lane = createRelayLane(call, envelope, { model: target.model, injectUsage: false })
  record.lane(lane.kind)
  return attemptHttp({ lane, provider, stream: false, headers, signal: call.signal, record })
}

const countHere = ({ call, target, counter }: Count): Promise<number> | number => {
  const { codec } = call.protocol
  if (!codec) throw new GatewayError('internal', 'This protocol cannot be counted.')
  // Nothing is asked to be written, so a bound on it is not sent; the protocol wants one.
  const request = codec.decodeRequest({ max_tokens: 1, ...parseBody(call.body) })
  const { provider, model } = target
  return provider.kind === 'local' ? provider.countTokens(request) : counter.count(request, model)
}
