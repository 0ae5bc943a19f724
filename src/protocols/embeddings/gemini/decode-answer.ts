/** Reads an answer of one vector or of many. */
import { type EmbeddingAnswer, isJsonObject, type JsonObject } from '#model'
import { noVectors, toCount, toVector } from '../vectors.ts'

export const decodeAnswer = (body: JsonObject): EmbeddingAnswer => {
  const embeddings = body.embedding === undefined ? body.embeddings : [body.embedding]
  if (!Array.isArray(embeddings)) throw noVectors()
  const inputTokens = decodeInputTokens(body)
  return {
    model: '',
    vectors: embeddings.map((embedding: unknown) => {
      if (!isJsonObject(embedding)) throw noVectors()
      return toVector(embedding.values)
    }),
    ...(inputTokens === undefined ? {} : { inputTokens }),
  }
}

/** Newer versions of the API report it. */
export const decodeInputTokens = ({ usageMetadata }: JsonObject): number | undefined =>
  isJsonObject(usageMetadata) ? toCount(usageMetadata, 'promptTokenCount') : undefined
