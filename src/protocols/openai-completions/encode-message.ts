/** Writes an answer that is not streamed. */
import { randomUUID } from 'node:crypto'
import type { JsonObject, ModelMessage } from '#model'
import type { AnswerContext } from '../protocol.ts'
import { encodeUsage } from './usage.ts'
import { encodeFinishReason, type WireCompletion } from './wire.ts'

export const encodeMessage = (message: ModelMessage, answer: AnswerContext): JsonObject => {
  const text = message.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
  const refuses = message.parts.some(({ kind }) => kind === 'refusal')
  return {
    ...toCompletion(message.id, answer),
    choices: [
      {
        text,
        index: 0,
        logprobs: null,
        finish_reason: encodeFinishReason(message, refuses),
      },
    ],
    usage: encodeUsage(message.usage, answer.inputTokens),
  }
}

export const toCompletion = (id: string, answer: AnswerContext): WireCompletion => ({
  id: id || `cmpl-${randomUUID()}`,
  object: 'text_completion',
  created: Math.floor(answer.createdAtMs / 1000),
  model: answer.model,
})
