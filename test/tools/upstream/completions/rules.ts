/** What OpenAI refuses of a request for the completion of a text. */
import { openaiRefusal, toOpenaiRefusal } from '../answers/openai-errors.ts'
import { unknownModel } from '../requests/openai-tools.ts'
import { findOpenaiModel } from '../models.ts'
import type { RouteContext } from '../routes.ts'
import {
  boolean,
  byKind,
  integer,
  isObject,
  list,
  nullable,
  number,
  object,
  record,
  ShapeProblem,
  string,
} from '../requests/shape.ts'
import type { Body, Shape } from '../requests/shape.ts'

const MODELS = new Set(['gpt-3.5-turbo-instruct', 'davinci-002', 'babbage-002'])

const token = integer({ min: 0 })

/** A text, texts, tokens, or rows of tokens: no two kinds in one list. */
export const promptShape: Shape = (value, path) => {
  const first: unknown = Array.isArray(value) ? value[0] : undefined
  const row = list(token, { min: 1 })
  const item = typeof first === 'number' ? token : Array.isArray(first) ? row : string()
  byKind({ string: string(), array: list(item, { min: 1 }) })(value, path)
}

const shape = object(
  { model: string({ min: 1 }), prompt: nullable(promptShape) },
  {
    best_of: nullable(integer({ min: 0, max: 20 })),
    echo: nullable(boolean),
    frequency_penalty: nullable(number({ min: -2, max: 2 })),
    logit_bias: nullable(record(number({ min: -100, max: 100 }))),
    logprobs: nullable(integer({ min: 0, max: 5 })),
    max_tokens: nullable(integer({ min: 0 })),
    n: nullable(integer({ min: 1, max: 128 })),
    presence_penalty: nullable(number({ min: -2, max: 2 })),
    seed: nullable(integer()),
    stop: nullable(byKind({ string: string(), array: list(string({ min: 1 })) })),
    stream: nullable(boolean),
    stream_options: nullable(object({}, { include_usage: boolean, include_obfuscation: boolean })),
    suffix: nullable(string()),
    temperature: nullable(number({ min: 0, max: 2 })),
    top_p: nullable(number({ min: 0, max: 1 })),
    user: string(),
  },
)

const findModel = (name: string, { models }: RouteContext) => {
  if (MODELS.has(name) || models.includes(name)) return
  if (!findOpenaiModel(name)) throw unknownModel(name)
  throw openaiRefusal(
    'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?',
    { status: 404, param: 'model' },
  )
}

const MOST_STOPS = 4

const checkSettings = (body: Body) => {
  const { best_of: best, n, suffix, stop, stream, echo, model } = body
  if (isObject(body.stream_options) && stream !== true)
    throw openaiRefusal(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      { param: 'stream_options' },
    )
  if (Array.isArray(stop) && stop.length > MOST_STOPS)
    throw openaiRefusal(
      `Invalid 'stop': array too long. Expected an array with maximum length ${MOST_STOPS}, but got an array with length ${stop.length} instead.`,
      { param: 'stop', code: 'array_above_max_length' },
    )
  if (typeof best === 'number' && best < Number(n ?? 1))
    throw openaiRefusal(
      "You requested that the server return more choices than it will generate ('best_of' must be at least 'n').",
      { param: 'best_of' },
    )
  if (typeof best === 'number' && best > Number(n ?? 1) && stream === true)
    throw openaiRefusal("'best_of' must be equal to 'n' when streaming.", { param: 'best_of' })
  if (typeof suffix !== 'string') return
  if (model === 'davinci-002' || model === 'babbage-002')
    throw openaiRefusal("This model does not support the 'suffix' parameter.", { param: 'suffix' })
  if (echo === true)
    throw openaiRefusal("'suffix' cannot be used together with 'echo'.", { param: 'suffix' })
}

export const checkCompletions = (given: unknown, context: RouteContext): Body => {
  try {
    shape(given, [])
  } catch (error) {
    throw error instanceof ShapeProblem ? toOpenaiRefusal(error) : error
  }
  const body = given as Body
  findModel(String(body.model), context)
  checkSettings(body)
  return body
}
