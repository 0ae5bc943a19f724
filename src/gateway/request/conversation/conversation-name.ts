/** Finds the name that a client has given to its conversation. */
import { parseObject } from '#model'
import type { GatewayCall } from '../../call.ts'
import { type Envelope, jsonOf } from '../envelope.ts'
import { openingOf } from './opening.ts'

/** A longer value is no name. */
const MAX_NAME_BYTES = 4096

/**
 * A name of the conversation itself comes first. A name of the user is in all that the user asks, so it counts together
 * with how the conversation begins.
 */
export const findConversationName = (call: GatewayCall, envelope: Envelope): string | undefined => {
  if (call.asked) return toNamed('conversation', call.asked.conversation)
  const userId = userIdOf(call, envelope)
  const session =
    firstField(call, envelope, OWN_FIELDS) ??
    toNamed('session', userId && sessionIn(userId)) ??
    firstHeader(call.rawHeaders)
  if (session !== undefined) return session
  const user = toNamed('user', userId) ?? firstField(call, envelope, USER_FIELDS)
  return user && `${user}\n${openingOf(call, envelope)}`
}

/** `session_id` is OpenRouter's. */
const OWN_FIELDS = ['conversation', 'prompt_cache_key', 'session_id']

const USER_FIELDS = ['safety_identifier', 'user']

/**
 * Those of Codex, Claude Code, opencode, pi, OpenRouter and xAI: https://github.com/openai/codex,
 * https://openrouter.ai/docs, https://docs.x.ai
 */
const HEADERS = [
  'session_id',
  'session-id',
  'conversation_id',
  'conversation-id',
  'x-claude-code-session-id',
  'x-session-id',
  'x-session-affinity',
  'x-opencode-session',
  'x-conversation-id',
  'x-grok-conv-id',
]

const toNamed = (kind: string, value: string | undefined): string | undefined =>
  value === undefined ? undefined : `${kind}\n${value}`

const firstField = (
  call: GatewayCall,
  envelope: Envelope,
  names: readonly string[],
): string | undefined => {
  for (const name of names) {
    const value = textOf(call, envelope, name)
    if (value !== undefined) return toNamed(name, value)
  }
  return undefined
}

/** If it is in several headers, that of the first in the list. */
const firstHeader = (rawHeaders: readonly string[]): string | undefined => {
  let first = HEADERS.length
  let found: string | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const place = HEADERS.indexOf((rawHeaders[at] ?? '').toLowerCase())
    if (place === -1 || place >= first || !rawHeaders[at + 1]) continue
    first = place
    found = toNamed(HEADERS[place] ?? '', rawHeaders[at + 1])
  }
  return found
}

const userIdOf = (call: GatewayCall, envelope: Envelope): string | undefined => {
  if ((call.askedIn ?? call.protocol).name !== 'anthropic-messages') return undefined
  const metadata = parseObject(fieldOf(call, envelope, 'metadata') ?? '')
  return toText(metadata?.user_id)
}

/** Claude Code sends an object in JSON, or a text that ends with its session. */
const sessionIn = (userId: string): string | undefined =>
  userId.startsWith('{')
    ? toText(parseObject(userId)?.session_id)
    : /_session_([\w-]{8,})$/.exec(userId)?.[1]

/** A text, or an object with an id, as a conversation of Responses may be named. */
const textOf = (call: GatewayCall, envelope: Envelope, name: string): string | undefined => {
  const json = fieldOf(call, envelope, name)
  if (json === undefined) return undefined
  try {
    const value: unknown = JSON.parse(json)
    return toText(typeof value === 'object' ? parseObject(json)?.id : value)
  } catch {
    // Whoever parses the body reports what is wrong with it.
    return undefined
  }
}

const fieldOf = (call: GatewayCall, envelope: Envelope, name: string): string | undefined => {
  const json = jsonOf(call, envelope, name, MAX_NAME_BYTES + 1)
  return json !== undefined && json.length <= MAX_NAME_BYTES ? json : undefined
}

const toText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
