/** Joins several answers of one upstream into one, otherwise unchanged. */
import type { JsonObject } from '#model'
import { noVectors } from '../vectors.ts'
import { decodeInputTokens } from './decode-answer.ts'

export const joinAnswers = (answers: readonly JsonObject[]): JsonObject => {
  const counts = answers.map(decodeInputTokens).filter((count) => count !== undefined)
  const promptTokenCount = counts.reduce((sum, count) => sum + count, 0)
  const embeddings = answers.flatMap((answer) => {
    if (!Array.isArray(answer.embeddings)) throw noVectors()
    return answer.embeddings as unknown[]
  })
  const { usageMetadata: _, ...rest } = answers[0] ?? {}
  return {
    ...rest,
    embeddings,
    ...(counts.length > 0 ? { usageMetadata: { promptTokenCount } } : {}),
  }
}
