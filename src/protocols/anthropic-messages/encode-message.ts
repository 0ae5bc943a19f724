/** Writes an answer that is not streamed. */
import type { AnswerPart, JsonObject, ModelMessage } from '#model'
import { wrapFreeform } from '../requests/tools/freeform-input.ts'
import type { AnswerContext } from '../protocol.ts'
import { foreignSignature } from '../thoughts/reasoning-origin.ts'
import {
  parseArguments,
  redactedBlock,
  textBlock,
  thinkingBlock,
  toNativeBlock,
  toolUseBlock,
} from './blocks/blocks.ts'
import { encodeCitation } from './citations.ts'
import { encodeStop, isCutShort } from './finish-reasons.ts'
import { createToolIds } from './tool-ids.ts'
import { encodeCompleteUsage, withInput } from './usage.ts'
import { invalidArguments } from '../errors/upstream-failure.ts'

export const encodeMessage = (message: ModelMessage, answer: AnswerContext): JsonObject => {
  const { parts, usage } = message
  const id = message.id || `msg_${answer.createdAtMs.toString(36)}`
  const signature = foreignSignature(answer.provider, id)
  const toOwnId = createToolIds()
  return {
    id,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: parts.flatMap((part) => toBlocks(part, message, signature, toOwnId)),
    ...encodeStop({
      reason: message.reason,
      stopSequence: message.stopSequence,
      vendorReason: message.vendorReason,
      callsTools: parts.some(({ kind }) => kind === 'tool-call'),
      refuses: parts.some((part) => part.kind === 'refusal' && part.text !== ''),
    }),
    diagnostics: null,
    usage: encodeCompleteUsage(withInput(usage, answer.inputTokens)),
  }
}

const toBlocks = (
  part: AnswerPart,
  { reason }: ModelMessage,
  foreign: string,
  toOwnId: (id: string) => string,
): JsonObject[] => {
  switch (part.kind) {
    case 'text': {
      const citations = (part.citations ?? []).flatMap((citation): JsonObject[] => {
        const value = encodeCitation(citation)
        return value ? [value] : []
      })
      return part.text === '' ? [] : [textBlock(part.text, citations)]
    }
    case 'refusal':
      return part.text === '' ? [] : [textBlock(part.text)]
    case 'reasoning':
      if (part.redacted) return [redactedBlock(part.redacted)]
      return part.text === '' && !part.signature
        ? []
        : [thinkingBlock(part.text, part.signature || foreign)]
    case 'tool-call':
      // The input of a call that was cut off cannot be guessed, so it is empty.
      return [toolUseBlock(toOwnId(part.id), part.name, toInput(part, isCutShort(reason)))]
    case 'native': {
      const block = toNativeBlock(part.protocol, part.value)
      return block ? [block] : []
    }
    case 'audio':
      return []
  }
}

const toInput = (
  call: Extract<AnswerPart, { kind: 'tool-call' }>,
  cutShort: boolean,
): JsonObject => {
  if (call.freeform) return wrapFreeform(call.arguments)
  const input = call.name === '' ? undefined : parseArguments(call.arguments)
  if (input) return input
  if (cutShort && call.name !== '') return {}
  throw invalidArguments()
}
