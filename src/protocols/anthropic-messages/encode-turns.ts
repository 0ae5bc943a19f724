/** Writes the turns of a conversation in the order that the vendor requires. */
import type { Turn } from '#model'
import { toStrictOrder } from '../requests/turns/turn-order.ts'
import { thinkingBlock } from './blocks/blocks.ts'
import { type ContentContext, encodeParts } from './encode-content.ts'
import { createToolIds, toToolId } from './tool-ids.ts'
import type { RequestBlock, RequestMessage } from './wire.ts'

export interface EncodedTurns {
  readonly system: readonly RequestBlock[]
  readonly messages: readonly RequestMessage[]
}

export interface TurnRules extends Pick<ContentContext, 'drop' | 'toName' | 'thoughtProvider'> {
  readonly takesSystemTurns?: boolean | undefined
}

export const encodeTurns = (
  turns: readonly Turn[],
  { takesSystemTurns = false, ...rules }: TurnRules,
): EncodedTurns => {
  const toOwnId = createToolIds()
  const newest = new Map<string, string>()
  const context: ContentContext = {
    ...rules,
    toCallId(id) {
      const own = toOwnId(id)
      newest.set(id, own)
      return own
    },
    toResultId: (id) => newest.get(id) ?? toToolId(id),
  }
  const [head, rest] = splitSystem(turns)
  const system = head.flatMap(({ parts }) => encodeParts(parts, context))
  const messages: OpenMessage[] = []
  const ordered = toStrictOrder(rest)
  const next = nextRoles(ordered)
  for (const [index, { role, parts }] of ordered.entries()) {
    const blocks = encodeParts(parts, context)
    const isBetween = messages.at(-1)?.role === 'user' && next[index] !== 'user'
    if (role !== 'system') append(messages, role === 'tool' ? 'user' : role, blocks)
    else if (takesSystemTurns && isBetween) append(messages, 'system', blocks)
    else append(messages, 'user', blocks.map(toReminder))
  }
  const written = messages.map(toMessage)
  const withThinking = rules.thoughtProvider === undefined ? written : written.map(withThoughts)
  return { system, messages: trimEnd(withThinking) }
}

/** Splits the system prompt from the conversation. If there is only a prompt, its last turn becomes the question. */
const splitSystem = (turns: readonly Turn[]): readonly [readonly Turn[], readonly Turn[]] => {
  const first = turns.findIndex(({ role }) => role !== 'system')
  if (first !== -1) return [turns.slice(0, first), turns.slice(first)]
  return [turns.slice(0, -1), turns.slice(-1).map(({ parts }) => ({ role: 'user', parts }))]
}

/** For each turn, the role of the next turn that is not a system turn. */
const nextRoles = (turns: readonly Turn[]): readonly (Turn['role'] | undefined)[] => {
  let next: Turn['role'] | undefined
  return turns
    .toReversed()
    .map(({ role }) => {
      const after = next
      if (role !== 'system') next = role
      return after
    })
    .toReversed()
}

/** Where no system message is allowed, its text is marked the way Claude knows from its own agent. */
const toReminder = (block: RequestBlock): RequestBlock =>
  block.type === 'text'
    ? { ...block, text: `<system-reminder>\n${String(block.text)}\n</system-reminder>` }
    : block

const isResult = ({ type }: RequestBlock): boolean => type === 'tool_result'

/** A message that later turns of the same role may join. A user's message begins with the results. */
interface OpenMessage {
  readonly role: RequestMessage['role']
  readonly results: RequestBlock[]
  readonly others: RequestBlock[]
}

/** Consecutive turns of one role become one message. */
const append = (
  messages: OpenMessage[],
  role: RequestMessage['role'],
  blocks: readonly RequestBlock[],
): void => {
  if (blocks.length === 0) return
  const last = messages.at(-1)
  const message = last?.role === role ? last : { role, results: [], others: [] }
  if (message !== last) messages.push(message)
  for (const block of blocks)
    if (role === 'user' && isResult(block)) message.results.push(block)
    else message.others.push(block)
}

const toMessage = ({ role, results, others }: OpenMessage): RequestMessage => ({
  role,
  content: [...results, ...others],
})

/** Some vendors treat an empty text as missing. */
const NO_THOUGHTS = thinkingBlock(' ', '')

/** The substitute for thoughts precedes the calls, as the thoughts would. */
const withThoughts = (message: RequestMessage): RequestMessage => {
  const types = new Set(message.content.map(({ type }) => type))
  return types.has('tool_use') && !types.has('thinking')
    ? { ...message, content: [NO_THOUGHTS, ...message.content] }
    : message
}

/** The vendor refuses trailing white space in a text that the model is to continue. */
const trimEnd = (messages: readonly RequestMessage[]): readonly RequestMessage[] => {
  const last = messages.at(-1)
  const block = last?.content.at(-1)
  if (last?.role !== 'assistant' || block?.type !== 'text') return messages
  const trimmed = { ...block, text: String(block.text).trimEnd() }
  return [...messages.slice(0, -1), { ...last, content: [...last.content.slice(0, -1), trimmed] }]
}
