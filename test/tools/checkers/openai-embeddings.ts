/** Judges answers of OpenAI's embeddings: one vector for every input, all of one length and finite. */

import { count, filled, isRecord, list, number, oneOf, record } from './shape.ts'
import type { Shape } from './shape.ts'

export interface EmbeddingsExpectation {
  model?: string
  /** How many inputs there were. */
  inputs?: number
  dimensions?: number
  /** As asked for; without it both are fine. */
  format?: 'float' | 'base64'
}

interface Embeddings {
  model: string
  data: { index: number; embedding: number[] | string }[]
  usage: { prompt_tokens: number; total_tokens: number }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const packed: Shape = (value, path) => {
  if (typeof value !== 'string' || value === '' || !BASE64.test(value))
    return [`${path} is not base64`]
  return Buffer.from(value, 'base64').length % 4 === 0
    ? []
    : [`${path} is not a row of numbers of four bytes`]
}

const vector: Shape = (value, path, complete) =>
  (typeof value === 'string' ? packed : list(number))(value, path, complete)

const answerShape = record({
  object: oneOf('list'),
  model: filled,
  data: list(record({ object: oneOf('embedding'), index: count, embedding: vector })),
  usage: record({ prompt_tokens: count, total_tokens: count }),
})

/** Base64 holds little-endian numbers of four bytes. */
const toNumbers = (embedding: number[] | string) => {
  if (typeof embedding !== 'string') return embedding
  const bytes = Buffer.from(embedding, 'base64')
  return Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4))
}

export const checkEmbeddings = (body: unknown, expect: EmbeddingsExpectation = {}): string[] => {
  if (isRecord(body) && body['error']) return ['an answer has a truthy top-level error']
  const violations = answerShape(body, '', false)
  if (violations.length > 0) return violations
  const { data, model, usage } = body as Embeddings
  const { inputs, format } = expect
  if (data.length === 0) return ['data is empty']
  const vectors = data.map(({ embedding }) => toNumbers(embedding))
  const wanted = expect.dimensions ?? vectors[0]?.length
  return [
    ...(expect.model === undefined || expect.model === model
      ? []
      : [`the model is '${model}', not '${expect.model}'`]),
    ...(inputs === undefined || inputs === data.length
      ? []
      : [`there are ${data.length} embeddings for ${inputs} inputs`]),
    ...data.flatMap(({ index }, place) =>
      index === place ? [] : [`embedding index ${index} should be ${place}`],
    ),
    ...data.flatMap(({ embedding }, place) =>
      format === undefined || (typeof embedding === 'string') === (format === 'base64')
        ? []
        : [`embedding ${place} is not ${format}`],
    ),
    ...vectors.flatMap((numbers, place) => [
      ...(numbers.length === wanted && numbers.length > 0
        ? []
        : [`embedding ${place} has ${numbers.length} numbers, not ${wanted}`]),
      ...(numbers.every(Number.isFinite) ? [] : [`embedding ${place} holds no finite number`]),
    ]),
    ...(usage.prompt_tokens === 0 ? ['the usage counts no prompt tokens'] : []),
    ...(usage.total_tokens === usage.prompt_tokens ? [] : ['total_tokens is not prompt_tokens']),
  ]
}
