/** The interface of a protocol for embeddings. */
import type { EmbeddingAnswer, EmbeddingRequest, JsonObject } from '#model'
import type { Protocol, TargetTraits } from '../protocol.ts'

export interface EmbeddingProtocol {
  /** Bodies of the same name differ only in the path. */
  readonly name: 'openai-embeddings' | 'gemini-embeddings'
  /** Below a base URL. */
  readonly toPath: (model: string) => string
  /** The most inputs that an upstream accepts at once. */
  readonly maxInputs: number
  /** The field that lists a body's inputs; absent if it holds only one. */
  readonly inputsField?: string
  /** @throws GatewayError `invalid_request` with the field's path. */
  readonly decodeRequest: (body: JsonObject) => EmbeddingRequest
  /** @throws GatewayError `invalid_request` if the target cannot do what is requested. */
  readonly encodeRequest: (
    request: EmbeddingRequest,
    target: Pick<TargetTraits, 'provider' | 'model'>,
  ) => EncodedEmbeddingRequest
  /** @throws GatewayError `upstream_invalid` */
  readonly decodeAnswer: (body: JsonObject) => EmbeddingAnswer
  readonly encodeAnswer: (
    answer: Required<EmbeddingAnswer>,
    encoding: EmbeddingRequest['encoding'],
  ) => JsonObject
  /** Tokens of a relayed answer; undefined if it reports none. */
  readonly decodeInputTokens: (answer: JsonObject) => number | undefined
  /**
   * Joins relayed answers to parts of one list into the answer to all of it. @throws GatewayError `upstream_invalid`
   */
  readonly joinAnswers: (answers: readonly JsonObject[]) => JsonObject
  /** Replaces the model's name inside a relayed body; undefined if the body has none. */
  readonly rename?: (body: JsonObject, model: string) => JsonObject | undefined
  readonly decodeError: Protocol['decodeError']
}

interface EncodedEmbeddingRequest {
  readonly body: JsonObject
  /** Fields of the client that the target cannot represent, in the client's spelling. */
  readonly dropped: readonly string[]
}
