/**
 * Cursor sends models named claude-… Anthropic's shapes at the path of Chat: tools with `input_schema`, `tool_use`
 * and `tool_result` in messages. An upstream of Chat refuses them, or takes them for something else.
 *
 * Reported: https://github.com/BerriAI/litellm/issues/25669 (2026-04).
 */
import { isJsonObject, type JsonObject } from '#model'
import { isAnthropicsBlock, isAnthropicsChoice, isAnthropicsTool } from '#protocols'
import type { GatewayCall } from '../call.ts'
import { type Envelope, jsonOf, parseBody } from '../envelope.ts'

/** A body with none of these, as JSON writes them, is not parsed for a closer look. */
const MARKS = [
  '"input_schema"',
  '"tool_use"',
  '"tool_result"',
  '"redacted_thinking"',
  '"thinking"',
  '"source"',
]

/** The call as it came, unless its body has Anthropic's shapes: it is translated then, also for a target of Chat. */
export const toAnthropicAtChat = (call: GatewayCall, envelope: Envelope): GatewayCall => {
  const { protocol, askedIn, body } = call
  if (protocol.name !== 'openai-chat' || askedIn) return call
  if (choosesAsAnthropic(call, envelope)) return { ...call, askedIn: protocol }
  const isMarked = MARKS.some((mark) => body.includes(mark))
  return isMarked && isAnthropics(parseBody(body)) ? { ...call, askedIn: protocol } : call
}

/** Longer ones name tools. */
const MAX_CHOICE_BYTES = 1024

const choosesAsAnthropic = (call: GatewayCall, envelope: Envelope): boolean => {
  const json = jsonOf(call, envelope, 'tool_choice')
  if (!json?.startsWith('{') || json.length > MAX_CHOICE_BYTES) return false
  try {
    return isAnthropicsChoice(JSON.parse(json) as JsonObject)
  } catch {
    // Not ours to judge where it is relayed.
    return false
  }
}

const isAnthropics = ({ messages, tools }: JsonObject): boolean =>
  objectsOf(tools).some(isAnthropicsTool) ||
  objectsOf(messages).some(({ content }) => objectsOf(content).some(isAnthropicsBlock))

const objectsOf = (list: unknown): readonly JsonObject[] =>
  Array.isArray(list) ? list.filter(isJsonObject) : []
