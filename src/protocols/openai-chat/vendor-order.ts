/** The order of roles that vendors stricter than OpenAI require. */
import type { TargetTraits } from '../protocol.ts'
import type { RequestMessage } from './wire.ts'

/** Short, because the model takes it for its own text. */
const REPLY: RequestMessage = { role: 'assistant', content: 'Understood.' }

export const toVendorOrder = (
  messages: readonly RequestMessage[],
  { wantsReplyToTools, prefillField }: Pick<TargetTraits, 'wantsReplyToTools' | 'prefillField'>,
): RequestMessage[] => {
  const ordered = messages.flatMap((message, index) =>
    wantsReplyToTools && message.role === 'user' && messages[index - 1]?.role === 'tool'
      ? [REPLY, message]
      : [message],
  )
  const last = ordered.at(-1)
  if (!prefillField || last?.role !== 'assistant' || last.tool_calls !== undefined) return ordered
  return [...ordered.slice(0, -1), { ...last, [prefillField]: true }]
}
