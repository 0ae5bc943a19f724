/** Who may speak behind whom, at vendors that are stricter than OpenAI. */
import type { TargetTraits } from '../protocol.ts'
import type { RequestMessage } from './wire.ts'

/** Of few words, since the model takes them for its own. */
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
