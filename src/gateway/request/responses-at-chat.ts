/**
 * For some models Cursor sends a Responses body (`input`, flat tools) to the path of Chat Completions, and expects chat
 * chunks as the answer.
 *
 * Reported: https://github.com/BerriAI/litellm/pull/34029 (2026-07).
 */
import { type Codec, openaiResponses, type Protocol } from '#protocols'
import { isJsonObject, type JsonObject, type ModelRequest } from '#model'
import type { GatewayCall } from '../call.ts'
import type { Envelope } from './envelope.ts'

/** Returns the call unchanged, unless its body has `input` in place of `messages`. */
export const toResponsesAtChat = (call: GatewayCall, { members }: Envelope): GatewayCall => {
  if (call.protocol.name !== 'openai-chat') return call
  const has = (name: string): boolean => members.some(({ key }) => key === name)
  return has('input') && !has('messages') ? { ...call, askedIn: RESPONSES_AT_CHAT } : call
}

const withChatFields =
  ({ decodeRequest }: Codec): Codec['decodeRequest'] =>
  ({ stream_options: options, ...body }: JsonObject): ModelRequest => ({
    ...decodeRequest(body),
    usageInStream: isJsonObject(options) && options.include_usage === true,
  })

const RESPONSES_AT_CHAT: Protocol = {
  ...openaiResponses,
  ...(openaiResponses.codec && {
    codec: { ...openaiResponses.codec, decodeRequest: withChatFields(openaiResponses.codec) },
  }),
}
