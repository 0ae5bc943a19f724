/** Writes an answer of vectors. */
import type { EmbeddingProtocol } from '../embedding-protocol.ts'
import { packVector } from '../vectors.ts'

export const encodeAnswer: EmbeddingProtocol['encodeAnswer'] = (
  { model, vectors, inputTokens },
  encoding,
) => ({
  object: 'list',
  data: vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: encoding === 'base64' ? packVector(vector) : vector,
  })),
  model,
  usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
})
