/** Writes an answer of one vector or of many. */
import type { EmbeddingProtocol } from '../embedding-protocol.ts'

type EncodeAnswer = EmbeddingProtocol['encodeAnswer']

export const encodeSingleAnswer: EncodeAnswer = ({ vectors, inputTokens }) => ({
  embedding: { values: vectors[0] ?? [] },
  usageMetadata: { promptTokenCount: inputTokens },
})

export const encodeBatchAnswer: EncodeAnswer = ({ vectors, inputTokens }) => ({
  embeddings: vectors.map((values) => ({ values })),
  usageMetadata: { promptTokenCount: inputTokens },
})
