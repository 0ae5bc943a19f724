/** Speaks the answers of Gemini's embeddings: one vector, or one for each request of a batch. */
import { geminiStreamError } from './errors.ts'
import { findGeminiModel } from './models.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'
import type { Speak } from '../answers/speech.ts'
import { vectorOf } from '../embeddings/vectors.ts'

const objects = (value: unknown): Body[] => (Array.isArray(value) ? value.filter(isObject) : [])

const textOf = ({ content }: Body) =>
  objects(isObject(content) ? content.parts : undefined)
    .map(({ text }) => String(text))
    .join('\n')

/** The texts that are to be embedded, as the model sees them. */
export const textsOf = (body: Body) =>
  body.requests === undefined ? [textOf(body)] : objects(body.requests).map(textOf)

export const speakGeminiEmbeddings: Speak = (_answer, { body }) => {
  const { maxDimensions } = findGeminiModel(String(body.model)) ?? { maxDimensions: 3072 }
  const toEmbedding = (request: Body) => ({
    values: vectorOf(textOf(request), Number(request.outputDimensionality ?? maxDimensions)),
  })
  return {
    toJson: () =>
      body.requests === undefined
        ? { embedding: toEmbedding(body) }
        : { embeddings: objects(body.requests).map(toEmbedding) },
    *frames() {},
    errorFrame: (type, message) => `${JSON.stringify(geminiStreamError(type, message))}\n\n`,
  }
}
