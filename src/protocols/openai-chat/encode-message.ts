/** Writes an answer that is not streamed. */
import { randomUUID } from 'node:crypto'
import type { AnswerPart, JsonObject, ModelMessage } from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import type { AnswerContext } from '../protocol.ts'
import { toAnnotations } from './annotations.ts'
import { createCallIds } from './call-ids.ts'
import { encodeFinishReason } from './finish-reasons.ts'
import { toSealedDetail, toSignedDetail } from './reasoning-details.ts'
import { encodeUsageInBothStyles } from './usage.ts'
import type { ReasoningDetail } from './wire.ts'

export const encodeMessage = (message: ModelMessage, answer: AnswerContext): JsonObject => {
  const callsTools = message.parts.some(({ kind }) => kind === 'tool-call')
  return {
    id: message.id || `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(answer.createdAtMs / 1000),
    model: answer.model,
    choices: [
      {
        index: 0,
        message: encodeParts(message.parts),
        logprobs: null,
        finish_reason: encodeFinishReason(message, callsTools),
        ...(message.vendorReason && { native_finish_reason: message.vendorReason }),
      },
    ],
    usage: encodeUsageInBothStyles(message.usage, answer.inputTokens),
  }
}

const encodeParts = (parts: readonly AnswerPart[]): JsonObject => {
  const toUniqueId = createCallIds()
  const joined = (kind: 'text' | 'refusal' | 'reasoning'): string =>
    parts.map((part) => (part.kind === kind ? part.text : '')).join('')
  const calls = parts.flatMap((part) =>
    part.kind === 'tool-call' ? [encodeCall(part, toUniqueId(part.id))] : [],
  )
  const details = encodeThoughts(parts)
  const texts = parts.flatMap((part) =>
    part.kind === 'text' ? [{ characters: part.text.length, citations: part.citations ?? [] }] : [],
  )
  const refusal = joined('refusal')
  return withoutUndefined({
    role: 'assistant',
    content: joined('text') || (refusal !== '' || calls.length > 0 ? null : ''),
    refusal: refusal || null,
    annotations: toAnnotations(texts),
    reasoning_content: joined('reasoning') || undefined,
    reasoning_details: details.length > 0 ? details : undefined,
    tool_calls: calls.length > 0 ? calls : undefined,
  })
}

const encodeCall = (part: AnswerPart & { kind: 'tool-call' }, id: string): JsonObject => {
  const name = part.name || 'unknown'
  return part.freeform
    ? { id, type: 'custom', custom: { name, input: part.arguments } }
    : { id, type: 'function', function: { name, arguments: part.arguments || '{}' } }
}

const encodeThoughts = (parts: readonly AnswerPart[]): ReasoningDetail[] => {
  const details: ReasoningDetail[] = []
  for (const part of parts) {
    if (part.kind !== 'reasoning') continue
    if (part.redacted !== undefined) details.push(toSealedDetail(part.redacted, details.length))
    else if (part.signature) details.push(toSignedDetail(part.text, part.signature, details.length))
  }
  return details
}
