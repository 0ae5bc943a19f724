/** An embedding request and its answer, independent of any protocol. */

/** A text, or a text that is already split into the model's tokens. */
export type EmbeddingInput = string | readonly number[]

export interface EmbeddingRequest {
  /** The model name that the client asked for. */
  readonly model: string
  readonly inputs: readonly EmbeddingInput[]
  /** The number of dimensions of each vector. */
  readonly dimensions?: number
  /** The encoding of the vectors that the client wants; `base64` is little-endian 32-bit floats. */
  readonly encoding?: 'float' | 'base64'
  readonly userId?: string
  /** Fields that the vocabulary cannot represent, in the client's spelling. */
  readonly ignoredFields?: readonly string[]
}

export interface EmbeddingAnswer {
  readonly model: string
  /** In the order of the inputs. */
  readonly vectors: readonly (readonly number[])[]
  /** Absent if the upstream does not report them. */
  readonly inputTokens?: number
}
