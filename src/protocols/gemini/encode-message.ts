/** Writes an answer that is not streamed. */
import { randomUUID } from 'node:crypto'
import type { AnswerPart, JsonObject, ModelMessage } from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import type { AnswerContext } from '../protocol.ts'
import { invalidArguments } from '../errors/upstream-failure.ts'
import { createCallIds } from './call-ids.ts'
import { encodeGrounding } from './citations.ts'
import { encodeFinishReason, isCutShort } from './finish-reasons.ts'
import { createHeldThoughts, toArgs, toAudioPart, toNativePart } from './part-writer.ts'
import { encodeUsage } from './usage.ts'

export const encodeMessage = (message: ModelMessage, answer: AnswerContext): JsonObject => {
  const responseId = message.id || randomUUID()
  const { parts, texts } = encodeParts(message, answer.provider, responseId)
  return {
    candidates: [
      withoutUndefined({
        content: { parts, role: 'model' },
        ...encodeFinishReason(message),
        index: 0,
        groundingMetadata: encodeGrounding(texts),
      }),
    ],
    usageMetadata: encodeUsage(message.usage, answer.inputTokens),
    modelVersion: answer.model,
    responseId,
  }
}

const encodeParts = (message: ModelMessage, provider: string, id: string) => {
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
        // A call that was cut off must not be executed.
        if (cutShort) return []
        throw invalidArguments()
      }
      case 'audio':
        return toList(toAudioPart(part.format, part.data))
      case 'native':
        return toList(toNativePart(part.protocol, part.value))
    }
  }

  const parts: JsonObject[] = []
  const texts = []
  for (const part of message.parts) {
    if (part.kind === 'text')
      texts.push({ text: part.text, citations: part.citations ?? [], partIndex: parts.length })
    parts.push(...encodePart(part))
  }
  const rest = thoughts.take()
  const needsEmptyPart = parts.length === 0 || rest.thoughtSignature !== undefined
  if (needsEmptyPart) parts.push({ text: '', ...rest })
  return { parts, texts }
}

const toList = (part: JsonObject | undefined): JsonObject[] => (part ? [part] : [])
