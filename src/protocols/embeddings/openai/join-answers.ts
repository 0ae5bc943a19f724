/** Joins several answers of one upstream into one. Only the indices of the vectors change. */
import { isJsonObject, type JsonObject } from '#model'
import { noVectors, toCount } from '../vectors.ts'
import { decodeInputTokens } from './decode-answer.ts'

export const joinAnswers = (answers: readonly JsonObject[]): JsonObject => {
  const data: JsonObject[] = []
  let tokens = 0
  for (const answer of answers) {
    if (!Array.isArray(answer.data)) throw noVectors()
    const before = data.length
    for (const [place, entry] of answer.data.entries()) {
      if (!isJsonObject(entry)) throw noVectors()
      data.push({ ...entry, index: before + (toCount(entry, 'index') ?? place) })
    }
    tokens += decodeInputTokens(answer) ?? 0
  }
  return { ...answers[0], data, usage: { prompt_tokens: tokens, total_tokens: tokens } }
}
