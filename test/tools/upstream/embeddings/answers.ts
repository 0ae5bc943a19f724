/** Speaks the answer of OpenAI's embeddings: numbers, or the same packed in base64. */
import { countTokens, dimensionsOf, inputsOf } from './rules.ts'
import { openaiErrorBody } from '../answers/openai-errors.ts'
import { dataFrame } from '../answers/speech.ts'
import type { Speak } from '../answers/speech.ts'
import { vectorOf } from './vectors.ts'

/** Little-endian numbers of four bytes. */
const pack = (numbers: number[]) => {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [place, value] of numbers.entries()) bytes.writeFloatLE(value, place * 4)
  return bytes.toString('base64')
}

const nameOf = (input: string | number[]) =>
  typeof input === 'string' ? input : `tokens ${input.join(' ')}`

export const speakEmbeddings: Speak = ({ rawUsage }, { body }) => {
  const inputs = inputsOf(body)
  const tokens = inputs.map(countTokens).reduce((sum, count) => sum + count, 0)
  const dimensions = Number(body.dimensions ?? dimensionsOf(String(body.model)))
  const toEmbedding = (input: string | number[]) => {
    const numbers = vectorOf(nameOf(input), dimensions)
    return body.encoding_format === 'base64' ? pack(numbers) : numbers
  }
  return {
    toJson: () => ({
      object: 'list',
      data: inputs.map((input, index) => ({
        object: 'embedding',
        index,
        embedding: toEmbedding(input),
      })),
      model: body.model,
      usage: rawUsage ?? { prompt_tokens: tokens, total_tokens: tokens },
    }),
    *frames() {},
    errorFrame: (type = 'server_error', message = 'The server had an error.') =>
      dataFrame(openaiErrorBody(message, { type, code: type })),
  }
}
