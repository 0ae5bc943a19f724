/** Writes the turns of a conversation as messages. */
import type { JsonObject, Part, ReasoningPart, ToolCallPart, ToolResultPart, Turn } from '#model'
import { withoutBillingNotes } from '../requests/billing-notes.ts'
import { withoutUndefined } from '../requests/fields.ts'
import { wrapFreeform } from '../requests/tools/freeform-input.ts'
import { toPartName } from '../requests/content/native-parts.ts'
import { toPlainText } from '../requests/content/plain-text.ts'
import { originOf } from '../thoughts/reasoning-origin.ts'
import { toStrictOrder } from '../requests/turns/turn-order.ts'
import type { Drop, TargetTraits } from '../protocol.ts'
import { createFixedIds, toCallId } from './call-ids.ts'
import { encodeContent, encodeParts } from './encode-content.ts'
import { toVendorOrder } from './vendor-order.ts'
import type { RequestMessage } from './wire.ts'

export interface TurnContext {
  readonly provider: string
  /** The field in which thoughts are returned. */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | 'none'
  readonly rules: Pick<
    TargetTraits,
    | 'wantsCallThoughts'
    | 'refusesEmptyTurns'
    | 'callIdLength'
    | 'wantsReplyToTools'
    | 'prefillField'
    | 'takesSystemTurns'
  >
  readonly takesFreeform: boolean
  readonly drop: Drop
  readonly toName: (name: string) => string
}

/** The context with the ids and rules of one target. */
interface OwnContext extends TurnContext {
  readonly toId: (id: string) => string
}

export const encodeTurns = (turns: readonly Turn[], given: TurnContext): RequestMessage[] => {
  const { callIdLength, takesSystemTurns = true } = given.rules
  const toId =
    callIdLength === undefined ? toCallId : createFixedIds(callIdLength, callIdsOf(turns))
  const context: OwnContext = { ...given, toId }
  const messages: RequestMessage[] = []
  // Images and files of tool results: only a user's message can hold them here.
  let carried: JsonObject[] = []

  const addUser = (parts: readonly Part[]): void => {
    const content = encodeContent(parts, context.drop)
    const own = typeof content === 'string' ? toTextParts(content) : content
    const all = carried.length > 0 ? [...carried, ...own] : content
    carried = []
    if (all.length > 0) messages.push({ role: 'user', content: all })
  }

  const flushCarried = (): void => {
    if (carried.length > 0) addUser([])
  }

  const addResult = (result: ToolResultPart): void => {
    const attached = result.parts.filter((part) => toPlainText(part) === undefined)
    const files = encodeParts(attached, context.drop)
    const id = toId(result.callId)
    messages.push({ role: 'tool', tool_call_id: id, content: toResultText(result, files.length) })
    if (files.length > 0)
      carried.push({ type: 'text', text: `From the result of the tool call ${id}:` }, ...files)
  }

  for (const { role, parts } of toStrictOrder(withOneSystemPrompt(turns))) {
    if (role === 'tool') for (const part of parts.filter(isResult)) addResult(part)
    else if (role === 'user') addUser(parts)
    else if (role === 'system' && messages.length > 0 && !takesSystemTurns)
      addUser(parts.map(toReminder))
    else {
      flushCarried()
      if (role === 'assistant') messages.push(...encodeAssistant(parts, context))
      else messages.push(...encodeSystem(parts, context.drop))
    }
  }
  flushCarried()
  return toVendorOrder(messages, context.rules)
}

const callIdsOf = (turns: readonly Turn[]): string[] =>
  turns.flatMap(({ parts }) =>
    parts.flatMap((part) => {
      if (part.kind === 'tool-call') return [part.id]
      return part.kind === 'tool-result' ? [part.callId] : []
    }),
  )

/** A conversation has no system turns here; their text is marked the way agents do. */
const toReminder = (part: Part): Part =>
  part.kind === 'text'
    ? { ...part, text: `<system-reminder>\n${part.text}\n</system-reminder>` }
    : part

/** Many models accept only one system prompt, at the start. */
const withOneSystemPrompt = (turns: readonly Turn[]): readonly Turn[] => {
  const first = turns.findIndex(({ role }) => role !== 'system')
  const length = first === -1 ? turns.length : first
  if (length < 2) return turns
  const parts = turns.slice(0, length).flatMap((turn) => turn.parts)
  return [{ role: 'system', parts }, ...turns.slice(length)]
}

const encodeSystem = (parts: readonly Part[], drop: Drop): RequestMessage[] => {
  const content = encodeContent(withoutBillingNotes(parts), drop)
  return content.length > 0 ? [{ role: 'system', content }] : []
}

const isResult = (part: Part): part is ToolResultPart => part.kind === 'tool-result'

const toTextParts = (text: string): JsonObject[] => (text === '' ? [] : [{ type: 'text', text }])

const toResultText = ({ parts, isError }: ToolResultPart, files: number): string => {
  const text = parts.flatMap((part) => toPlainText(part) || []).join('\n')
  const output = text === '' && files > 0 ? 'The result is in the next message.' : text
  return isError ? `Error: ${output}` : output
}

const encodeAssistant = (parts: readonly Part[], context: OwnContext): RequestMessage[] => {
  const calls = parts.filter((part) => part.kind === 'tool-call')
  const refusal = parts.map((part) => (part.kind === 'refusal' ? part.text : '')).join('')
  const content = encodeText(parts, context.drop)
  const hasNoText = content.length === 0
  const own = toOwnThoughts(parts, context)
  // Some vendors treat an empty text as missing.
  const thoughts = own === '' && calls.length > 0 && context.rules.wantsCallThoughts ? ' ' : own
  const isEmpty = hasNoText && calls.length === 0 && refusal === '' && thoughts === ''
  if (isEmpty && context.rules.refusesEmptyTurns) return []
  const message = withoutUndefined({
    role: 'assistant',
    content: hasNoText && (calls.length > 0 || refusal !== '') ? null : content,
    refusal: refusal || undefined,
    [context.reasoningField]: thoughts || undefined,
    tool_calls: calls.length > 0 ? calls.map((call) => encodeCall(call, context)) : undefined,
  })
  return [message]
}

/** Kinds of parts that an assistant's message can hold. */
const ENCODED: ReadonlySet<Part['kind']> = new Set([
  'text',
  'native',
  'refusal',
  'reasoning',
  'tool-call',
])

/** The text of an answer may be in several parts, split at citations; they were one text. */
const encodeText = (parts: readonly Part[], drop: Drop): string | JsonObject[] => {
  const contents = parts.filter(({ kind }) => kind === 'text' || kind === 'native')
  for (const part of parts) if (!ENCODED.has(part.kind)) drop(toPartName(part))
  const encoded = encodeParts(contents, drop)
  const texts = encoded.map(({ type, text }) => (type === 'text' ? String(text) : undefined))
  return texts.every((text) => text !== undefined) ? texts.join('') : encoded
}

/** Thoughts are returned only to the provider that they came from. */
const toOwnThoughts = (
  parts: readonly Part[],
  { provider, reasoningField, drop }: TurnContext,
): string =>
  parts
    .filter((part): part is ReasoningPart => part.kind === 'reasoning')
    .map(({ text, signature }) => {
      const isOwn = signature !== undefined && originOf(signature) === provider
      if (isOwn && reasoningField !== 'none') return text
      drop('thinking')
      return ''
    })
    .join('')

const encodeCall = (call: ToolCallPart, context: OwnContext): JsonObject => {
  const id = context.toId(call.id)
  const name = context.toName(call.name)
  if (call.freeform && context.takesFreeform)
    return { id, type: 'custom', custom: { name, input: call.arguments } }
  const input = call.freeform ? JSON.stringify(wrapFreeform(call.arguments)) : call.arguments
  return { id, type: 'function', function: { name, arguments: input || '{}' } }
}
