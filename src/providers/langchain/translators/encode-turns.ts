/** Writes the turns of a conversation as LangChain's messages, in the order that its strictest models require. */
import {
  type JsonObject,
  parseObject,
  type Part,
  type ReasoningPart,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
} from '#model'
import {
  type Drop,
  originOf,
  toPartName,
  toPlainText,
  toStrictOrder,
  wrapFreeform,
} from '#protocols'
import type { Content, MessageLike, WholeCall } from '../models/chat-model.ts'
import { encodeParts } from './encode-content.ts'

export interface TurnContext {
  readonly drop: Drop
  readonly toName: (name: string) => string
  /** The class of the model: `ChatAnthropic`. */
  readonly className: string
}

export const encodeTurns = (turns: readonly Turn[], context: TurnContext): MessageLike[] => {
  const { drop } = context
  const messages: MessageLike[] = []
  let pending: JsonObject[] = []

  const flush = (): void => {
    if (pending.length > 0) messages.push({ role: 'human', content: toContent(pending) })
    pending = []
  }

  const addResult = (result: ToolResultPart): JsonObject[] => {
    const files = encodeParts(
      result.parts.filter((part) => toPlainText(part) === undefined),
      drop,
    )
    messages.push(toToolMessage(result, files.length))
    // Only a human's message can hold images and files for every model.
    return files.length > 0 ? [toText(`From the result of ${result.callId}:`), ...files] : []
  }

  const { system, rest } = splitHead(turns)
  const head = toContent(encodeParts(system, drop))
  if (head.length > 0) messages.push({ role: 'system', content: head })
  for (const { role, parts } of toStrictOrder(rest)) {
    if (role === 'assistant') {
      flush()
      messages.push(toAnswer(parts, context))
    } else if (role === 'tool') {
      flush()
      pending = parts.filter(isResult).flatMap(addResult)
    } else {
      const blocks = encodeParts(parts, drop)
      for (const block of blocks) pending.push(role === 'system' ? toReminder(block) : block)
    }
  }
  flush()
  return messages
}

/** Splits the system prompt from the conversation. If there is only a prompt, its last turn becomes the question. */
const splitHead = (turns: readonly Turn[]): { system: Part[]; rest: readonly Turn[] } => {
  const first = turns.findIndex(({ role }) => role !== 'system')
  const length = first === -1 ? turns.length - 1 : first
  const last = turns.at(-1)
  return {
    system: turns.slice(0, Math.max(length, 0)).flatMap(({ parts }) => parts),
    rest: first === -1 && last ? [{ ...last, role: 'user' }] : turns.slice(length),
  }
}

const toText = (text: string): JsonObject => ({ type: 'text', text })

/** Most models accept only one system prompt, at the start. */
const toReminder = (block: JsonObject): JsonObject =>
  block.type === 'text'
    ? toText(`<system-reminder>\n${String(block.text)}\n</system-reminder>`)
    : block

/** A string if it is only text, which every model accepts. */
const toContent = (blocks: readonly JsonObject[]): Content =>
  blocks.every(({ type }) => type === 'text')
    ? blocks.map(({ text }) => String(text)).join('\n\n')
    : blocks

const isResult = (part: Part): part is ToolResultPart => part.kind === 'tool-result'
const isCall = (part: Part): part is ToolCallPart => part.kind === 'tool-call'
const isThought = (part: Part): part is ReasoningPart => part.kind === 'reasoning'

/** Many models do not see the status, so the text states the error. */
const toToolMessage = ({ callId, parts, isError }: ToolResultPart, files: number): MessageLike => {
  const text = parts.flatMap((part) => toPlainText(part) || []).join('\n')
  const output = text === '' && files > 0 ? 'The result is in the next message.' : text
  return {
    role: 'tool',
    content: isError ? `Error: ${output}` : output,
    tool_call_id: callId,
    status: isError ? 'error' : 'success',
  }
}

const toAnswer = (parts: readonly Part[], context: TurnContext): MessageLike => {
  const thoughts = parts.filter(isThought).flatMap((part) => {
    const made = toThought(part, context)
    return made ? [made] : []
  })
  // The text of an answer may be in several parts, split at citations; they were one text.
  const text = parts
    .filter(({ kind }) => kind === 'text' || kind === 'refusal')
    .flatMap((part) => toPlainText(part) ?? [])
    .join('')
  for (const part of parts) if (!ENCODED.has(part.kind)) context.drop(toPartName(part))
  const calls = parts.filter(isCall).map((call) => toCall(call, context))
  const blocks = text === '' ? thoughts : [...thoughts, toText(text)]
  return {
    role: 'ai',
    content: thoughts.length > 0 ? blocks : text,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}

/** Kinds of parts that an answer can hold. */
const ENCODED: ReadonlySet<Part['kind']> = new Set(['text', 'refusal', 'reasoning', 'tool-call'])

const toCall = (
  { id, name, freeform, arguments: text }: ToolCallPart,
  { toName }: TurnContext,
): WholeCall => ({
  type: 'tool_call',
  id,
  name: toName(name),
  args: freeform ? wrapFreeform(text) : toArguments(text),
})

/** LangChain accepts only an object; anything else is shown to the model as it was written. */
const toArguments = (text: string): JsonObject =>
  text.trim() === '' ? {} : (parseObject(text) ?? wrapFreeform(text))

/** The form of returned thoughts, for models that sign them; no others want them back. */
const THOUGHTS: Readonly<Record<string, (part: ReasoningPart) => JsonObject>> = {
  ChatAnthropic: ({ text, signature, redacted }) =>
    redacted === undefined
      ? { type: 'thinking', thinking: text, signature }
      : { type: 'redacted_thinking', data: redacted },
  ChatBedrockConverse: ({ text, signature, redacted }) =>
    redacted === undefined
      ? { type: 'reasoning_content', reasoningText: { text, signature } }
      : { type: 'reasoning_content', redactedContent: redacted },
}

const toThought = (
  part: ReasoningPart,
  { className, drop }: TurnContext,
): JsonObject | undefined => {
  const { signature, redacted } = part
  const isSigned = redacted !== undefined || (signature ? originOf(signature) === undefined : false)
  const write = isSigned && Object.hasOwn(THOUGHTS, className) ? THOUGHTS[className] : undefined
  return write ? write(part) : void drop('thinking')
}
