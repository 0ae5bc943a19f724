/** Gemini's embeddings: one content by embedContent, many by batchEmbedContents. */
import { gemini, toModelPath } from '../../gemini/index.ts'
import type { EmbeddingProtocol } from '../embedding-protocol.ts'
import { decodeAnswer, decodeInputTokens } from './decode-answer.ts'
import { decodeBatch, decodeSingle } from './decode-request.ts'
import { encodeBatchAnswer, encodeSingleAnswer } from './encode-answer.ts'
import { encodeRequest } from './encode-request.ts'
import { joinAnswers } from './join-answers.ts'
import { renameBatch, renameSingle } from './rename.ts'

/** The protocol in which providers are called: it can represent everything that the single form can. */
export const geminiBatchEmbedContents: EmbeddingProtocol = {
  name: 'gemini-embeddings',
  toPath: (model) => `${toModelPath(model)}:batchEmbedContents`,
  // Specified by the API's own refusal: "at most 100 requests can be in one batch" (2026-11).
  maxInputs: 100,
  inputsField: 'requests',
  decodeRequest: decodeBatch,
  encodeRequest,
  decodeAnswer,
  encodeAnswer: encodeBatchAnswer,
  decodeInputTokens,
  joinAnswers,
  rename: renameBatch,
  decodeError: gemini.decodeError,
}

const { inputsField: _, ...single } = geminiBatchEmbedContents

export const geminiEmbedContent: EmbeddingProtocol = {
  ...single,
  toPath: (model) => `${toModelPath(model)}:embedContent`,
  decodeRequest: decodeSingle,
  encodeAnswer: encodeSingleAnswer,
  rename: renameSingle,
}
