/** Reads an answer of vectors. Each names the input that it belongs to. */
import { type EmbeddingAnswer, isJsonObject, type JsonObject } from '#model'
import { noVectors, toCount, toVector } from '../vectors.ts'

export const decodeAnswer = (body: JsonObject): EmbeddingAnswer => {
  if (!Array.isArray(body.data)) throw noVectors()
  const inputTokens = decodeInputTokens(body)
  const vectors: (readonly number[])[] = []
  for (const [place, entry] of body.data.entries()) {
    if (!isJsonObject(entry)) throw noVectors()
    const index = toCount(entry, 'index') ?? place
    if (index >= body.data.length || vectors[index]) throw noVectors()
    vectors[index] = toVector(entry.embedding)
  }
  return {
    model: typeof body.model === 'string' ? body.model : '',
    vectors,
    ...(inputTokens === undefined ? {} : { inputTokens }),
  }
}

export const decodeInputTokens = ({ usage }: JsonObject): number | undefined =>
  isJsonObject(usage) ? toCount(usage, 'prompt_tokens') : undefined
