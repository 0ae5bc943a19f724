/** Writes an answer that is not streamed. */
import { randomUUID } from 'node:crypto'
import type { AnswerPart, JsonObject, ModelMessage } from '#model'
import { withoutUndefined } from '../fields.ts'
import type { AnswerContext } from '../protocol.ts'
import { invalidArguments } from '../upstream-failure.ts'
import { createCallIds } from './call-ids.ts'
import { encodeGrounding } from './citations.ts'
import { encodeFinishReason, isCutShort } from './finish-reasons.ts'
import { createHeldThoughts, toArgs, toAudioPart, toNativePart } from './part-writer.ts'
import { encodeUsage } from './usage.ts'

export const encodeMessage = (message: ModelMessage, answer: AnswerContext): JsonObject => {
  const responseId = message.id || randomUUID()
  const citations = message.parts.flatMap((part) =>
    part.kind === 'text' ? (part.citations ?? []) : [],
  )
  return {
    candidates: [
      withoutUndefined({
        content: { parts: encodeParts(message, answer.provider, responseId), role: 'model' },
        finishReason: encodeFinishReason(message.reason),
        index: 0,
        groundingMetadata: encodeGrounding(citations),
      }),
    ],
    usageMetadata: encodeUsage(message.usage, answer.inputTokens),
    modelVersion: answer.model,
    responseId,
  }
}

const encodeParts = (message: ModelMessage, provider: string, id: string): JsonObject[] => {
  const thoughts = createHeldThoughts(provider, () => id)
  const toUniqueId = createCallIds(id)
  const cutShort = isCutShort(message.reason)

  const encodePart = (part: AnswerPart): JsonObject[] => {
    switch (part.kind) {
      case 'text':
      case 'refusal':
        return part.text === '' ? [] : [{ text: part.text, ...thoughts.take() }]
      case 'reasoning':
        thoughts.add(part)
        return part.text === '' ? [] : [{ text: part.text, thought: true }]
      case 'tool-call': {
        const args = part.name === '' ? undefined : toArgs(part)
        if (args)
          return [
            {
              functionCall: { id: toUniqueId(part.id), name: part.name, args },
              ...thoughts.take(),
            },
          ]
        // A call that was cut off must not be made.
        if (cutShort) return []
        throw invalidArguments()
      }
      case 'audio':
        return toList(toAudioPart(part.format, part.data))
      case 'native':
        return toList(toNativePart(part.protocol, part.value))
    }
  }

  const parts = message.parts.flatMap(encodePart)
  const rest = thoughts.take()
  const isBare = parts.length === 0 || rest.thoughtSignature !== undefined
  return isBare ? [...parts, { text: '', ...rest }] : parts
}

const toList = (part: JsonObject | undefined): JsonObject[] => (part ? [part] : [])
