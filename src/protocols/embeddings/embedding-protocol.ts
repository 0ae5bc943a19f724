/** What a language of embeddings must be able to say. */
import type { EmbeddingAnswer, EmbeddingRequest, JsonObject } from '#model'
import type { Protocol, TargetTraits } from '../protocol.ts'

export interface EmbeddingProtocol {
  /** Bodies of the same name are alike but for what stands in the path. */
  readonly name: 'openai-embeddings' | 'gemini-embeddings'
  /** Below a base URL. */
  readonly toPath: (model: string) => string
  /** The most inputs that an upstream takes at once. */
  readonly maxInputs: number
  /** Where a body lists its inputs; absent where it holds one only. */
  readonly inputsField?: string
  /** @throws GatewayError `invalid_request` with the field's path. */
  readonly decodeRequest: (body: JsonObject) => EmbeddingRequest
  /** @throws GatewayError `invalid_request` where the target cannot do what is asked for. */
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
  /** Of a relayed answer; undefined where it tells none. */
  readonly decodeInputTokens: (answer: JsonObject) => number | undefined
  /** Relayed answers to parts of one list, as the answer to all of it. @throws GatewayError `upstream_invalid` */
  readonly joinAnswers: (answers: readonly JsonObject[]) => JsonObject
  /** A relayed body that names the model inside it, with another name; undefined where it names none. */
  readonly rename?: (body: JsonObject, model: string) => JsonObject | undefined
  readonly decodeError: Protocol['decodeError']
}

interface EncodedEmbeddingRequest {
  readonly body: JsonObject
  /** Fields of the client that the target cannot carry, as the client spelt them. */
  readonly dropped: readonly string[]
}
