/** OpenAI's Embeddings, which most vendors speak. */
import type { EmbeddingProtocol } from '../embedding-protocol.ts'
import { toUpstreamError } from '../../errors/upstream-failure.ts'
import { decodeAnswer, decodeInputTokens } from './decode-answer.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeAnswer } from './encode-answer.ts'
import { encodeRequest } from './encode-request.ts'
import { joinAnswers } from './join-answers.ts'

export const openaiEmbeddings: EmbeddingProtocol = {
  name: 'openai-embeddings',
  toPath: () => '/embeddings',
  // Specified: https://platform.openai.com/docs/api-reference/embeddings/create (2026-11).
  maxInputs: 2048,
  inputsField: 'input',
  decodeRequest,
  encodeRequest,
  decodeAnswer,
  encodeAnswer,
  decodeInputTokens,
  joinAnswers,
  decodeError: toUpstreamError,
}
