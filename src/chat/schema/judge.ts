/** Judges what a client sent by a schema. The first fault is the error, with its field. */
import type * as z from 'zod'
import { GatewayError, invalidRequest } from '#model'

/** The `params` of a fault that is one of size. */
export const TOO_LARGE = { tooLarge: true }

/** @throws GatewayError `invalid_request` or `request_too_large` */
export const judge = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> => {
  const judged = schema.safeParse(value, { error: toPhrase })
  if (judged.success) return judged.data
  throw toError(judged.error.issues[0])
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** Follows the name of the field. */
const toPhrase = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is required'
        : `must be ${NOUNS[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'too_small':
      return ['string', 'array'].includes(issue.origin)
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`
    case 'invalid_union':
      return 'has none of the forms that it may have'
    default:
      return undefined
  }
}

/** Longer names of fields are cut. */
const MAX_NAME_CHARACTERS = 64

const toError = (issue: z.core.$ZodIssue | undefined): GatewayError => {
  if (issue?.code === 'unrecognized_keys') return unknownField([...issue.path, issue.keys[0] ?? ''])
  const param = toParam(issue?.path ?? [])
  const message = `${param === '' ? 'The body' : `'${param}'`} ${issue?.message ?? 'is not valid'}.`
  if (issue?.code === 'custom' && issue.params?.['tooLarge'] === true)
    return new GatewayError('request_too_large', message, param === '' ? {} : { param })
  return invalidRequest(message, param === '' ? undefined : param)
}

const unknownField = (path: readonly PropertyKey[]): GatewayError => {
  const param = toParam(path)
  return invalidRequest(`'${param}' is not a field that exists here.`, param)
}

const toParam = (path: readonly PropertyKey[]): string =>
  path
    .map((step) =>
      typeof step === 'number' ? `[${step}]` : `.${String(step).slice(0, MAX_NAME_CHARACTERS)}`,
    )
    .join('')
    .slice(1, 2 * MAX_NAME_CHARACTERS)
