/** Google's error bodies and its words for a value of the wrong shape. */
import { Refusal } from '../answers/refusal.ts'
import type { Kind, Path, Problem, ShapeProblem } from '../requests/shape.ts'

const STATUSES: Record<number, { status: string; message: string }> = {
  400: { status: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' },
  401: {
    status: 'UNAUTHENTICATED',
    message: 'Request had invalid authentication credentials.',
  },
  403: { status: 'PERMISSION_DENIED', message: 'The caller does not have permission' },
  404: { status: 'NOT_FOUND', message: 'Requested entity was not found.' },
  409: { status: 'ABORTED', message: 'The operation was aborted.' },
  429: {
    status: 'RESOURCE_EXHAUSTED',
    message: 'Resource has been exhausted (e.g. check quota).',
  },
  499: { status: 'CANCELLED', message: 'The operation was cancelled.' },
  500: { status: 'INTERNAL', message: 'An internal error has occurred.' },
  503: {
    status: 'UNAVAILABLE',
    message: 'The model is overloaded. Please try again later.',
  },
  504: {
    status: 'DEADLINE_EXCEEDED',
    message: 'Deadline expired before operation could complete.',
  },
}

const statusOf = (code: number) =>
  STATUSES[code] ?? {
    status: code < 500 ? 'INVALID_ARGUMENT' : 'UNKNOWN',
    message: `The request failed with status ${code}.`,
  }

const geminiErrorBody = (code: number, message: string, details?: object[]) => ({
  error: { code, message, status: statusOf(code).status, ...(details && { details }) },
})

/** The wait is in the body: Google sends no header for it. */
const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' }

export const geminiErrorOf = (code: number) =>
  geminiErrorBody(code, statusOf(code).message, code === 429 ? [retryInfo] : undefined)

/** The error inside a stream; a type that is not one of Google's is an overload. */
export const geminiStreamError = (type = 'UNAVAILABLE', message?: string) => {
  const named = Object.entries(STATUSES).find(([, { status }]) => status === type)
  const code = Number(named?.[0] ?? 503)
  return geminiErrorBody(code, message ?? statusOf(code).message)
}

interface Details {
  status?: number
  details?: object[]
}

export const geminiRefusal = (message: string, { status = 400, details }: Details = {}) =>
  new Refusal(message, status, geminiErrorBody(status, message, details))

const toSnakeCase = (name: string) =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Writes a path as `tools[0].function_declarations[0].parameters`. */
const geminiPath = (path: Path) =>
  path
    .filter((segment) => typeof segment !== 'object')
    .map((segment, index) =>
      typeof segment === 'number' ? `[${segment}]` : `${index ? '.' : ''}${toSnakeCase(segment)}`,
    )
    .join('')

const NAMES: Record<Kind, string> = {
  string: 'TYPE_STRING',
  number: 'TYPE_DOUBLE',
  integer: 'TYPE_INT32',
  boolean: 'TYPE_BOOL',
  array: 'TYPE_LIST',
  object: 'TYPE_MESSAGE',
  null: 'TYPE_NULL',
}

const payloadFault = (path: Path, fault: string) => {
  const parent = geminiPath(path.slice(0, -1))
  const place = parent ? ` at '${parent}'` : ''
  return `Invalid JSON payload received. Unknown name "${String(path.at(-1))}"${place}: ${fault}`
}

const invalid = (at: string, kind: string, got: unknown) =>
  `Invalid value at '${at}' (${kind}), ${JSON.stringify(got)}`

const nameOf = (problem: Problem) =>
  problem.kind === 'type' ? NAMES[problem.expected[0] ?? 'object'] : 'TYPE_ENUM'

/** A value that could not be read at all has its place named in the details. */
const describe = (path: Path, problem: Problem): { message: string; isPayload?: true } => {
  const at = geminiPath(path)
  const rule = (text: string) => ({ message: `* GenerateContentRequest.${at}: ${text}` })
  switch (problem.kind) {
    case 'unknown':
      return { message: payloadFault(path, 'Cannot find field.'), isPayload: true }
    case 'missing':
    case 'empty':
      return rule(`${toSnakeCase(String(path.at(-1)))} is not specified`)
    case 'type':
    case 'value':
    case 'tag':
      if (Array.isArray(problem.got))
        return {
          message: payloadFault(path, 'Proto field is not repeating, cannot start list.'),
          isPayload: true,
        }
      return { message: invalid(at, nameOf(problem), problem.got), isPayload: true }
    case 'pattern':
      return {
        message: `Invalid value at '${at}' (TYPE_BYTES), Base64 decoding failed`,
        isPayload: true,
      }
    case 'long':
      return rule(`the number of values must be at most ${problem.limit}, not ${problem.length}`)
    case 'short':
      return rule('cannot be empty')
    case 'above':
      return rule(`must be at most ${problem.limit}, not ${problem.got}`)
    case 'below':
      return rule(`must be at least ${problem.limit}, not ${problem.got}`)
  }
}

export const toGeminiRefusal = ({ path, problem }: ShapeProblem) => {
  const { message, isPayload } = describe(path, problem)
  const field = geminiPath(problem.kind === 'unknown' ? path.slice(0, -1) : path)
  const violation = { ...(field && { field }), description: message }
  return geminiRefusal(
    message,
    isPayload && {
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [violation],
        },
      ],
    },
  )
}
