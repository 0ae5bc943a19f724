/** A request for the vectors of texts, and its answer, in no protocol's words. */

/** A text, or a text that has been cut into a model's own tokens already. */
export type EmbeddingInput = string | readonly number[]

export interface EmbeddingRequest {
  /** The name that the client asked for. */
  readonly model: string
  readonly inputs: readonly EmbeddingInput[]
  /** How long each vector is to be. */
  readonly dimensions?: number
  /** How the client wants its vectors written; `base64` holds little-endian numbers of four bytes. */
  readonly encoding?: 'float' | 'base64'
  readonly userId?: string
  /** Fields that no word here stands for, as the client spelt them. */
  readonly unspoken?: readonly string[]
}

export interface EmbeddingAnswer {
  readonly model: string
  /** In the order of the inputs. */
  readonly vectors: readonly (readonly number[])[]
  /** Absent where the upstream does not tell. */
  readonly inputTokens?: number
}
