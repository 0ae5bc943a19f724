/** Writes the turns of a conversation in the order that the vendor asks for. */
import type { Part, ToolResultPart, Turn } from '#model'
import { type ContentContext, encodeParts } from './encode-content.ts'
import { createToolIds, toToolId } from './tool-ids.ts'
import type { RequestBlock, RequestMessage } from './wire.ts'

export interface EncodedTurns {
  readonly system: readonly RequestBlock[]
  readonly messages: readonly RequestMessage[]
}

export const encodeTurns = (
  turns: readonly Turn[],
  names: Pick<ContentContext, 'drop' | 'toName'>,
): EncodedTurns => {
  const toOwnId = createToolIds()
  const newest = new Map<string, string>()
  const context: ContentContext = {
    ...names,
    toCallId(id) {
      const own = toOwnId(id)
      newest.set(id, own)
      return own
    },
    toResultId: (id) => newest.get(id) ?? toToolId(id),
  }
  const [head, rest] = splitSystem(turns)
  const system = head.flatMap(({ parts }) => encodeParts(parts, context))
  const messages: RequestMessage[] = []
  for (const { role, parts } of orderResults(mergeAssistants(rest)))
    append(messages, role === 'tool' ? 'user' : role, encodeParts(parts, context))
  return { system, messages: trimEnd(messages) }
}

/** The system prompt, and the conversation. Where there is nothing else, the last of the prompt is what is asked. */
const splitSystem = (turns: readonly Turn[]): readonly [readonly Turn[], readonly Turn[]] => {
  const first = turns.findIndex(({ role }) => role !== 'system')
  if (first !== -1) return [turns.slice(0, first), turns.slice(first)]
  return [turns.slice(0, -1), turns.slice(-1).map(({ parts }) => ({ role: 'user', parts }))]
}

const mergeAssistants = (turns: readonly Turn[]): Turn[] => {
  const merged: Turn[] = []
  for (const turn of turns) {
    const last = merged.at(-1)
    if (last?.role === 'assistant' && turn.role === 'assistant')
      merged[merged.length - 1] = { role: 'assistant', parts: [...last.parts, ...turn.parts] }
    else merged.push(turn)
  }
  return merged
}

const callsOf = ({ role, parts }: Turn): string[] =>
  role === 'assistant' ? parts.flatMap((part) => (part.kind === 'tool-call' ? [part.id] : [])) : []

/** Puts the results of calls directly behind the turn that made them. */
const orderResults = (turns: readonly Turn[]): Turn[] => {
  const taken = new Set<Part>()
  return turns.flatMap((turn, index) => {
    const parts = turn.parts.filter((part) => !taken.has(part))
    const results = callsOf(turn).flatMap((id) => {
      const result = findResult(turns, index + 1, id, taken)
      if (result) taken.add(result)
      return result ? [result] : []
    })
    return [
      { role: turn.role, parts },
      { role: 'tool', parts: results },
    ] satisfies Turn[]
  })
}

const findResult = (
  turns: readonly Turn[],
  start: number,
  id: string,
  taken: ReadonlySet<Part>,
): ToolResultPart | undefined => {
  for (let at = start; at < turns.length; at++) {
    const turn = turns[at]
    // From here on the id means another call.
    if (!turn || callsOf(turn).includes(id)) return undefined
    for (const part of turn.parts)
      if (part.kind === 'tool-result' && part.callId === id && !taken.has(part)) return part
  }
  return undefined
}

const isResult = ({ type }: RequestBlock): boolean => type === 'tool_result'

/** Turns of one role become one message; a user's begins with the results. */
const append = (
  messages: RequestMessage[],
  role: RequestMessage['role'],
  blocks: readonly RequestBlock[],
): void => {
  if (blocks.length === 0) return
  const last = messages.at(-1)
  if (last?.role !== role) {
    messages.push({ role, content: blocks })
    return
  }
  const all = [...last.content, ...blocks]
  const content =
    role === 'user' ? [...all.filter(isResult), ...all.filter((block) => !isResult(block))] : all
  messages[messages.length - 1] = { role, content }
}

/** The vendor refuses white space at the end of words that it is to go on from. */
const trimEnd = (messages: readonly RequestMessage[]): readonly RequestMessage[] => {
  const last = messages.at(-1)
  const block = last?.content.at(-1)
  if (last?.role !== 'assistant' || block?.type !== 'text') return messages
  const trimmed = { ...block, text: String(block.text).trimEnd() }
  return [...messages.slice(0, -1), { ...last, content: [...last.content.slice(0, -1), trimmed] }]
}
