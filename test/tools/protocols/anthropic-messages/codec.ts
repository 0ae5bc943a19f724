/** Shorthand for the tests beside it: streams in, streams out. */
import { anthropicMessages, type TargetTraits } from '#protocols'
import { sseEvent } from '#streams'
import { ANSWER as ANY_ANSWER, toByteCodec } from '../byte-codec.ts'

export { request, toJson, toPlain } from '../byte-codec.ts'

export const ANSWER = { ...ANY_ANSWER, provider: 'deepseek' }

export const { decodeRequest, encodeRequest, decodeMessage, encodeMessage, encode, decode } =
  toByteCodec(anthropicMessages, ANSWER)

export const TARGET: TargetTraits = {
  provider: 'anthropic',
  model: 'claude-sonnet-4-5',
  maxOutputTokens: 64_000,
  thinking: 'budget',
}

export const stream = (...events: readonly { readonly type: string }[]): Buffer =>
  Buffer.from(events.map((event) => sseEvent(event.type, event)).join(''), 'latin1')

export const USAGE = {
  inputTokens: 100,
  cacheReadTokens: 60,
  cacheWriteTokens: 10,
  outputTokens: 20,
  reasoningTokens: 5,
}
