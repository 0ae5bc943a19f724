/** Turns what the schema found into phrases that follow the name of a field. */
import type * as z from 'zod'
import type { Path } from './references.ts'

export interface FieldFault {
  readonly path: Path
  readonly text: string
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of names',
}

const toPath = (path: readonly PropertyKey[]): Path =>
  path.map((step) => (typeof step === 'symbol' ? String(step) : step))

/** For a value that may have several forms, and has none of them. The form that is meant says more. */
const NO_FORM = 'has none of the forms that it may have'

/** For issues whose schema has no phrase of its own. */
export const toSentence = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${NOUNS[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`
    case 'too_small':
      return ['string', 'array'].includes(issue.origin)
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'invalid_union':
      return NO_FORM
    default:
      return undefined
  }
}

/** One issue may concern several fields. */
export const toFieldFaults = (issue: z.core.$ZodIssue): FieldFault[] => {
  const path = toPath(issue.path)
  if (issue.code === 'invalid_union' && issue.message === NO_FORM)
    return toMeantForm(issue.errors).flatMap((inner) =>
      toFieldFaults({ ...inner, path: [...issue.path, ...inner.path] }),
    )
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], text: 'is not a field that exists' }))
  if (issue.code === 'invalid_key')
    return [{ path, text: issue.issues[0]?.message ?? issue.message }]
  return [{ path, text: issue.message }]
}

type Issues = readonly z.core.$ZodIssue[]

/** The first form of which at least the outermost kind of value is right, or else the first form. */
const toMeantForm = (forms: readonly Issues[]): Issues =>
  forms.find((issues) => issues.every(isInside)) ?? forms[0] ?? []

const isInside = ({ code, path }: z.core.$ZodIssue): boolean =>
  code !== 'invalid_type' || path.length > 0
