/** Requests the vectors of texts from a LangChain embedding model. */
import { type EmbeddingAnswer, type EmbeddingRequest, GatewayError, invalidRequest } from '#model'
import type { Instances } from './models/instances.ts'
import { toModelError } from './translators/to-error.ts'
import { untilAborted } from './until-aborted.ts'

/** The part of an embedding model that is used here. */
export interface EmbeddingModel {
  embedDocuments(texts: string[]): Promise<number[][]>
}

export const embedTexts = async (
  models: Instances<EmbeddingModel>,
  { model, inputs, dimensions }: EmbeddingRequest,
  signal: AbortSignal,
): Promise<EmbeddingAnswer> => {
  signal.throwIfAborted()
  const texts = inputs.filter((input) => typeof input === 'string')
  if (texts.length < inputs.length)
    throw invalidRequest("'input' must be text: this model takes no tokens.", 'input')
  try {
    const { built, unsupported } = await models.get(model, () => ({ dimensions }))
    if (unsupported.length > 0)
      throw invalidRequest("The length of this model's vectors cannot be chosen.", 'dimensions')
    const opening = built.embedDocuments(texts).then(inOnePiece)
    for await (const vectors of untilAborted(opening, signal))
      if (vectors.length === texts.length) return { model, vectors }
  } catch (thrown) {
    signal.throwIfAborted()
    throw toModelError(thrown, false)
  }
  throw new GatewayError('upstream_invalid', 'The model gave another number of vectors than asked.')
}

const inOnePiece = async function* (vectors: number[][]): AsyncGenerator<number[][]> {
  yield vectors
}
