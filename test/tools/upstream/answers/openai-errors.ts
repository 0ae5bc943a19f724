/** OpenAI's error bodies and its words for a value of the wrong shape. */
import { Refusal } from './refusal.ts'
import { asText, kindOf } from '../requests/shape.ts'
import type { Kind, Path, Problem, ShapeProblem } from '../requests/shape.ts'

interface Details {
  status?: number
  type?: string
  param?: string | null
  code?: string | null
}

export const openaiErrorBody = (
  message: string,
  { type = 'invalid_request_error', param = null, code = null }: Details = {},
) => ({ error: { message, type, param, code } })

export const openaiRefusal = (message: string, details: Details = {}) =>
  new Refusal(message, details.status ?? 400, openaiErrorBody(message, details))

const TYPES_BY_STATUS: Record<number, { type: string; code: string | null; message: string }> = {
  401: {
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    message: 'Incorrect API key provided.',
  },
  403: {
    type: 'invalid_request_error',
    code: 'unsupported_country_region_territory',
    message: 'Country, region, or territory not supported',
  },
  404: {
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: 'The model does not exist or you do not have access to it.',
  },
  429: {
    type: 'requests',
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached for requests per min. Please try again in 1s.',
  },
  500: {
    type: 'server_error',
    code: null,
    message: 'The server had an error while processing your request. Sorry about that!',
  },
  503: {
    type: 'server_error',
    code: null,
    message: 'The engine is currently overloaded, please try again later',
  },
}

export const openaiErrorOf = (status: number) => {
  const { message, type, code } = TYPES_BY_STATUS[status] ?? {
    message: `The request failed with status ${status}.`,
    type: status < 500 ? 'invalid_request_error' : 'server_error',
    code: null,
  }
  return openaiErrorBody(message, { type, code })
}

/** Writes a path as `messages[0].content[1].text`. */
const openaiPath = (path: Path) =>
  path
    .filter((segment) => typeof segment !== 'object')
    .map((segment, index) =>
      typeof segment === 'number' ? `[${segment}]` : `${index ? '.' : ''}${segment}`,
    )
    .join('')

const NAMES: Record<Kind, string> = {
  string: 'a string',
  number: 'a decimal',
  integer: 'an integer',
  boolean: 'a boolean',
  array: 'an array',
  object: 'an object',
  null: 'null',
}

const quoteAll = (values: readonly string[]) => {
  const quoted = values.map((value) => `'${value}'`)
  return quoted.length < 2
    ? quoted.join('')
    : `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`
}

const describe = (problem: Problem, at: string): { message: string; code: string } => {
  switch (problem.kind) {
    case 'unknown':
      return { message: `Unknown parameter: '${at}'.`, code: 'unknown_parameter' }
    case 'missing':
      return { message: `Missing required parameter: '${at}'.`, code: 'missing_required_parameter' }
    case 'empty':
      return {
        message: `Invalid '${at}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
        code: 'empty_array',
      }
    case 'type': {
      const expected = problem.expected.map((kind) => NAMES[kind]).join(' or ')
      return {
        message: `Invalid type for '${at}': expected ${expected}, but got ${NAMES[kindOf(problem.got)]} instead.`,
        code: 'invalid_type',
      }
    }
    case 'value':
    case 'tag':
      return {
        message: `Invalid value: '${asText(problem.got)}'. Supported values are: ${quoteAll(problem.supported)}.`,
        code: 'invalid_value',
      }
    case 'long':
      return {
        message: `Invalid '${at}': string too long. Expected a string with maximum length ${problem.limit}, but got a string with length ${problem.length} instead.`,
        code: 'string_above_max_length',
      }
    case 'short':
      return {
        message: `Invalid '${at}': empty string. Expected a string with minimum length ${problem.limit}, but got an empty string instead.`,
        code: 'empty_string',
      }
    case 'pattern':
      return {
        message: `Invalid '${at}': string does not match pattern. Expected a string that matches the pattern '${problem.pattern.source}'.`,
        code: 'invalid_value',
      }
    case 'above':
    case 'below': {
      const [word, sign] =
        problem.kind === 'above' ? ['above maximum', '<='] : ['below minimum', '>=']
      const name = problem.whole ? 'integer' : 'decimal'
      return {
        message: `Invalid '${at}': ${name} ${word} value. Expected a value ${sign} ${problem.limit}, but got ${problem.got} instead.`,
        code: `${name}_${problem.kind === 'above' ? 'above_max' : 'below_min'}_value`,
      }
    }
  }
}

export const toOpenaiRefusal = ({ path, problem }: ShapeProblem) => {
  const key = problem.kind === 'tag' ? [...path, problem.key] : path
  const param = openaiPath(key)
  const { message, code } = describe(problem, param)
  return openaiRefusal(message, { param, code })
}
