/** Anthropic's error bodies and its words for a value of the wrong shape. */
import { Refusal } from '../answers/refusal.ts'
import { asText } from '../requests/shape.ts'
import type { Kind, Path, Problem, ShapeProblem } from '../requests/shape.ts'

const TYPES: Record<number, { type: string; message: string }> = {
  400: { type: 'invalid_request_error', message: 'Invalid request' },
  401: { type: 'authentication_error', message: 'invalid x-api-key' },
  402: { type: 'billing_error', message: 'Your credit balance is too low' },
  403: { type: 'permission_error', message: 'Request not allowed' },
  404: { type: 'not_found_error', message: 'Not Found' },
  413: { type: 'request_too_large', message: 'Request exceeds the maximum size' },
  429: {
    type: 'rate_limit_error',
    message: "This request would exceed your organization's rate limit.",
  },
  500: { type: 'api_error', message: 'Internal server error' },
  504: { type: 'timeout_error', message: 'The request timed out' },
  529: { type: 'overloaded_error', message: 'Overloaded' },
}

export const anthropicErrorBody = (type: string, message: string, details?: object) => ({
  type: 'error',
  error: { type, message, ...(details && { details }) },
})

export const anthropicErrorOf = (status: number) => {
  const { type, message } = TYPES[status] ?? {
    type: status < 500 ? 'invalid_request_error' : 'api_error',
    message: `The request failed with status ${status}`,
  }
  return anthropicErrorBody(type, message)
}

export const anthropicRefusal = (
  message: string,
  { status = 400, details }: { status?: number; details?: object } = {},
) =>
  new Refusal(
    message,
    status,
    anthropicErrorBody(TYPES[status]?.type ?? 'invalid_request_error', message, details),
  )

/** Writes a path as `messages.0.content.1.text`. */
const anthropicPath = (path: Path) =>
  path.map((segment) => (typeof segment === 'object' ? segment.tag : segment)).join('.')

const NAMES: Record<Kind, string> = {
  string: 'a valid string',
  number: 'a valid number',
  integer: 'a valid integer',
  boolean: 'a valid boolean',
  array: 'a valid list',
  object: 'a valid dictionary',
  null: 'None',
}

const quoteAll = (values: readonly string[]) => {
  const quoted = values.map((value) => `'${value}'`)
  return quoted.length < 2
    ? quoted.join('')
    : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
}

const describe = (problem: Problem): string => {
  switch (problem.kind) {
    case 'unknown':
      return 'Extra inputs are not permitted'
    case 'missing':
      return 'Field required'
    case 'empty':
      return 'List should have at least 1 item after validation, not 0'
    case 'type':
      return `Input should be ${NAMES[problem.expected[0] ?? 'object']}`
    case 'value':
      return `Input should be ${quoteAll(problem.supported)}`
    case 'tag':
      if (problem.key === 'role') return `Input should be ${quoteAll(problem.supported)}`
      return `Input tag '${asText(problem.got)}' found using '${problem.key}' does not match any of the expected tags: ${problem.supported.map((tag) => `'${tag}'`).join(', ')}`
    case 'long':
      return `String should have at most ${problem.limit} characters`
    case 'short':
      return `String should have at least ${problem.limit} character`
    case 'pattern':
      return `String should match pattern '${problem.pattern.source}'`
    case 'above':
      return `Input should be less than or equal to ${problem.limit}`
    case 'below':
      return `Input should be greater than or equal to ${problem.limit}`
  }
}

export const toAnthropicRefusal = ({ path, problem }: ShapeProblem) => {
  const at = problem.kind === 'tag' && problem.key === 'role' ? [...path, 'role'] : path
  return anthropicRefusal(`${anthropicPath(at)}: ${describe(problem)}`)
}
