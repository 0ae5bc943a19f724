/** Writes the turns of a conversation as items. */
import {
  type JsonObject,
  parseObject,
  type Part,
  type ReasoningPart,
  type ToolResultPart,
  type Turn,
} from '#model'
import { withoutBillingNotes } from '../../requests/billing-notes.ts'
import { encodeNative, toPartName } from '../../requests/content/native-parts.ts'
import { originOf, sealedPayload } from '../../thoughts/reasoning-origin.ts'
import { toStrictOrder } from '../../requests/turns/turn-order.ts'
import { PROTOCOL } from '../decode-content.ts'
import { encodeOutput, encodeParts } from '../encode-content.ts'
import { createCallIds, toCallId } from './item-ids.ts'
import type { Drop } from '../../protocol.ts'

export interface ItemsContext {
  readonly provider: string
  readonly drop: Drop
  readonly toName: (name: string) => string
}

export interface EncodedTurns {
  readonly instructions?: string
  readonly input: readonly JsonObject[]
}

export const encodeTurns = (turns: readonly Turn[], context: ItemsContext): EncodedTurns => {
  const { instructions, rest } = splitInstructions(turns)
  const { drop } = context
  const toOwnId = createCallIds(() => 'call')
  const newest = new Map<string, { readonly id: string; readonly freeform: boolean }>()

  const encodeCall = (call: Part & { kind: 'tool-call' }): JsonObject => {
    const { freeform = false } = call
    const id = toOwnId(call.id)
    newest.set(call.id, { id, freeform })
    const name = context.toName(call.name)
    return freeform
      ? { type: 'custom_tool_call', call_id: id, name, input: call.arguments }
      : { type: 'function_call', call_id: id, name, arguments: call.arguments || '{}' }
  }

  const encodeResult = ({ callId, parts, isError }: ToolResultPart): JsonObject => {
    const call = newest.get(callId)
    const encoded = encodeOutput(parts, drop)
    return {
      type: call?.freeform ? 'custom_tool_call_output' : 'function_call_output',
      call_id: call?.id ?? toCallId(callId),
      output: isError ? withError(encoded) : encoded,
    }
  }

  const encodeAssistant = (part: Part): JsonObject[] => {
    switch (part.kind) {
      case 'text':
        return part.text === ''
          ? []
          : [toSaid({ type: 'output_text', text: part.text, annotations: [] })]
      case 'refusal':
        return part.text === '' ? [] : [toSaid({ type: 'refusal', refusal: part.text })]
      case 'reasoning':
        return encodeReasoning(part, context)
      case 'tool-call':
        return [encodeCall(part)]
      case 'native': {
        const item = encodeNative(part, PROTOCOL, drop)
        return item ? [item] : []
      }
      default:
        drop(toPartName(part))
        return []
    }
  }

  const encodeTurn = ({ role, parts }: Turn): JsonObject[] => {
    if (role === 'assistant') return parts.flatMap(encodeAssistant)
    if (role === 'tool')
      return parts.flatMap((part) => (part.kind === 'tool-result' ? [encodeResult(part)] : []))
    const content = encodeParts(parts, drop)
    if (content.length === 0) return []
    return [{ type: 'message', role: role === 'system' ? 'developer' : role, content }]
  }

  const items = toStrictOrder(rest).flatMap(encodeTurn)
  // The vendor refuses a thought that nothing follows.
  const end = items.findLastIndex(({ type }) => type !== 'reasoning')
  const input = items.slice(0, end + 1)
  return instructions === '' ? { input } : { instructions, input }
}

const withError = (encoded: string | JsonObject[]): string | JsonObject[] =>
  typeof encoded === 'string'
    ? `Error: ${encoded}`
    : [{ type: 'input_text', text: 'Error:' }, ...encoded]

const toSaid = (part: JsonObject): JsonObject => ({
  type: 'message',
  role: 'assistant',
  content: [part],
})

/** If there is only a prompt, it becomes the question. */
const splitInstructions = (turns: readonly Turn[]) => {
  const found = turns.findIndex(
    ({ role, parts }) => role !== 'system' || parts.some(({ kind }) => kind !== 'text'),
  )
  if (found === -1) return { instructions: '', rest: turns }
  const instructions = turns
    .slice(0, found)
    .flatMap(({ parts }) => withoutBillingNotes(parts))
    .map((part) => (part.kind === 'text' ? part.text : ''))
    .join('\n\n')
  return { instructions, rest: turns.slice(found) }
}

/** Thoughts are returned only to the provider that sealed them. */
const encodeReasoning = (
  { text, signature = '' }: ReasoningPart,
  { provider, drop }: ItemsContext,
): JsonObject[] => {
  const payload = originOf(signature) === provider ? sealedPayload(signature) : undefined
  const sealed = payload === undefined ? undefined : parseObject(payload)
  if (!sealed || typeof sealed.encrypted_content !== 'string') {
    drop('thinking')
    return []
  }
  const summary = text === '' ? [] : [{ type: 'summary_text', text }]
  return [{ ...sealed, type: 'reasoning', summary }]
}
