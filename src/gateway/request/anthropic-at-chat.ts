/**
 * For models named claude-…, Cursor sends Anthropic's shapes to the path of Chat Completions: tools with
 * `input_schema`, and `tool_use` and `tool_result` in messages. An upstream of Chat Completions refuses or misreads
 * them.
 *
 * Reported: https://github.com/BerriAI/litellm/issues/25669 (2026-04).
 */
import { isJsonObject, type JsonObject } from '#model'
import { isAnthropicsBlock, isAnthropicsChoice, isAnthropicsTool } from '#protocols'
import { toWordSearch, type WordSearch } from '#streams'
import type { GatewayCall } from '../call.ts'
import { type Envelope, jsonOf } from './envelope.ts'

/** A list without any of these words is not parsed. */
const WORDS = {
  tools: ['input_schema'],
  messages: ['tool_use', 'tool_result', 'redacted_thinking', 'thinking', 'source'],
}
const SOUGHT = toWordSearch(Object.values(WORDS).flat())

/** The words to look for while the outline of the body is read. */
export const anthropicWordsFor = ({ protocol }: GatewayCall): WordSearch | undefined =>
  protocol.name === 'openai-chat' ? SOUGHT : undefined

/**
 * Returns the call unchanged, unless its body has Anthropic's shapes. Such a call is translated, even for a target that
 * speaks Chat Completions.
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

/** A longer `tool_choice` lists tools, which Anthropic's never does. */
const MAX_CHOICE_BYTES = 1024

const choosesAsAnthropic = (call: GatewayCall, envelope: Envelope): boolean => {
  const json = jsonOf(call, envelope, 'tool_choice')
  if (!json?.startsWith('{') || json.length > MAX_CHOICE_BYTES) return false
  const choice = parse(json)
  return isJsonObject(choice) && isAnthropicsChoice(choice)
}

/** The objects in a list that contains one of its words. */
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
    // Invalid JSON is relayed: the upstream reports it.
    return undefined
  }
}

const objectsOf = (list: unknown): readonly JsonObject[] =>
  Array.isArray(list) ? list.filter(isJsonObject) : []
