/** Token counts that are made up, but always the same for the same request and answer. */
import type { Answer, AnswerUsage, Part } from './answer.ts'

export const tokensOf = (text: string) => Math.ceil(Buffer.byteLength(text) / 4)

const textOf = (part: Part): string => {
  if ('text' in part) return part.text
  if ('reasoning' in part) return part.reasoning
  if ('refusal' in part) return part.refusal
  if ('toolCall' in part) return part.toolCall.name + part.toolCall.arguments
  return ''
}

const countParts = (parts: Part[]) => tokensOf(parts.map(textOf).join(''))

export const countInput = (body: object) => tokensOf(JSON.stringify(body))

export const usageOf = (
  answer: Answer,
  body: object,
  cached: Partial<AnswerUsage> = {},
): Required<AnswerUsage> => {
  const parts = answer.parts ?? []
  return {
    input: countInput(body),
    output: Math.max(1, countParts(parts)),
    cacheRead: 0,
    cacheWrite: 0,
    cacheWrite1h: 0,
    audioInput: 0,
    audioOutput: 0,
    reasoning: countParts(parts.filter((part) => 'reasoning' in part)),
    ...(answer.usage ?? cached),
  }
}
