/**
 * Cursor sends models named claude-… Anthropic's shapes at the path of Chat: tools with `input_schema`, `tool_use`
 * and `tool_result` in messages. An upstream of Chat refuses them, or takes them for something else.
 *
 * Reported: https://github.com/BerriAI/litellm/issues/25669 (2026-04).
 */
import { isJsonObject, type JsonObject } from '#model'
import { isAnthropicsBlock, isAnthropicsChoice, isAnthropicsTool } from '#protocols'
import { toWordSearch, type WordSearch } from '#streams'
import type { GatewayCall } from '../call.ts'
import { type Envelope, jsonOf } from './envelope.ts'

/** A list with none of these in it is not parsed for a closer look. */
const WORDS = {
  tools: ['input_schema'],
  messages: ['tool_use', 'tool_result', 'redacted_thinking', 'thinking', 'source'],
}
const SOUGHT = toWordSearch(Object.values(WORDS).flat())

/** What to look for where the outline of the call's body is read. */
export const anthropicWordsFor = ({ protocol }: GatewayCall): WordSearch | undefined =>
  protocol.name === 'openai-chat' ? SOUGHT : undefined

/**
 * The call as it came, unless its body has Anthropic's shapes: it is translated then, also for a target of Chat.
 *
 * @param envelope in which the words of `anthropicWordsFor` were sought.
 */
export const toAnthropicAtChat = (call: GatewayCall, envelope: Envelope): GatewayCall => {
  const { protocol, askedIn } = call
  if (protocol.name !== 'openai-chat' || askedIn) return call
  const isAnthropics =
    choosesAsAnthropic(call, envelope) ||
    markedObjects(call, envelope, 'tools').some(isAnthropicsTool) ||
    markedObjects(call, envelope, 'messages').some(({ content }) =>
      objectsOf(content).some(isAnthropicsBlock),
    )
  return isAnthropics ? { ...call, askedIn: protocol } : call
}

/** Longer ones name tools. */
const MAX_CHOICE_BYTES = 1024

const choosesAsAnthropic = (call: GatewayCall, envelope: Envelope): boolean => {
  const json = jsonOf(call, envelope, 'tool_choice')
  if (!json?.startsWith('{') || json.length > MAX_CHOICE_BYTES) return false
  const choice = parse(json)
  return isJsonObject(choice) && isAnthropicsChoice(choice)
}

/** What is in a list, where one of its words is in it. */
const markedObjects = (
  call: GatewayCall,
  envelope: Envelope,
  key: keyof typeof WORDS,
): readonly JsonObject[] => {
  const found = envelope.members.findLast((member) => member.key === key)?.words
  if (!found || !WORDS[key].some((word) => found.has(word))) return []
  return objectsOf(parse(jsonOf(call, envelope, key) ?? ''))
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    // Not ours to judge where it is relayed.
    return undefined
  }
}

const objectsOf = (list: unknown): readonly JsonObject[] =>
  Array.isArray(list) ? list.filter(isJsonObject) : []
