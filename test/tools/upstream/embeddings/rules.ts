/** What OpenAI refuses of a request for embeddings. */
import { promptShape } from '../completions/rules.ts'
import { tokensOf } from '../answers/counts.ts'
import { openaiRefusal, toOpenaiRefusal } from '../answers/openai-errors.ts'
import { unknownModel } from '../requests/openai-tools.ts'
import type { RouteContext } from '../routes.ts'
import { integer, literal, object, ShapeProblem, string } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'

const DIMENSIONS: Record<string, number> = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
}

export const dimensionsOf = (model: string) => DIMENSIONS[model] ?? 1536

const MOST_INPUTS = 2048
const MOST_TOKENS = 8192
const MOST_TOKENS_IN_ALL = 300_000

const shape = object(
  { model: string({ min: 1 }), input: promptShape },
  {
    dimensions: integer({ min: 1 }),
    encoding_format: literal('float', 'base64'),
    user: string(),
  },
)

/** Each input is a text or a row of tokens. */
export const inputsOf = ({ input }: Body): (string | number[])[] =>
  typeof input === 'string' || (Array.isArray(input) && typeof input[0] === 'number')
    ? [input as string | number[]]
    : (input as (string | number[])[])

export const countTokens = (input: string | number[]) =>
  typeof input === 'string' ? tokensOf(input) : input.length

const checkInputs = (body: Body) => {
  const inputs = inputsOf(body)
  if (inputs.length > MOST_INPUTS)
    throw openaiRefusal(
      `Invalid 'input': array too long. Expected an array with maximum length ${MOST_INPUTS}, but got an array with length ${inputs.length} instead.`,
      { param: 'input', code: 'array_above_max_length' },
    )
  if (inputs.some((input) => input.length === 0))
    throw openaiRefusal("Invalid 'input': input cannot be an empty string.", { param: 'input' })
  const counts = inputs.map(countTokens)
  const longest = Math.max(...counts)
  if (longest > MOST_TOKENS)
    throw openaiRefusal(
      `This model's maximum context length is ${MOST_TOKENS} tokens, however you requested ${longest} tokens (${longest} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.`,
    )
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all > MOST_TOKENS_IN_ALL)
    throw openaiRefusal(
      `Invalid 'input': maximum request size is ${MOST_TOKENS_IN_ALL} tokens per request.`,
      { param: 'input', code: 'max_tokens_per_request' },
    )
}

export const checkEmbeddingsRequest = (given: unknown, { models }: RouteContext): Body => {
  try {
    shape(given, [])
  } catch (error) {
    throw error instanceof ShapeProblem ? toOpenaiRefusal(error) : error
  }
  const body = given as Body
  const name = String(body.model)
  const isKnown = Object.hasOwn(DIMENSIONS, name)
  if (!isKnown && !models.includes(name)) throw unknownModel(name)
  if (body.dimensions !== undefined && name === 'text-embedding-ada-002')
    throw openaiRefusal('This model does not support specifying dimensions.', {
      param: 'dimensions',
    })
  if (Number(body.dimensions) > dimensionsOf(name))
    throw openaiRefusal(
      `Invalid value for 'dimensions' = ${String(body.dimensions)}. Must be less than or equal to ${dimensionsOf(name)}.`,
      { param: 'dimensions' },
    )
  checkInputs(body)
  return body
}
