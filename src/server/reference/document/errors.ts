/** The errors that most routes may answer with. */
import type { JsonObject } from '#model'

const TEXTS: Readonly<Record<number, string>> = {
  400: 'A field or parameter is wrong. `param` names it.',
  401: 'The key is missing or not valid.',
  403: 'The key, or the page, is not admitted.',
  404: 'It does not exist, or belongs to another owner.',
  409: 'Something else is in progress, or is there already.',
  413: 'The body or a field is too large.',
  415: 'The file is of a kind that is not taken here.',
  429: 'There were too many requests. `Retry-After` says when to come back.',
  503: 'The server cannot do it now.',
}

const nameOf = (status: number | string): string => `Error${status}`

export const ERRORS: Readonly<Record<string, JsonObject>> = Object.fromEntries(
  Object.entries(TEXTS).map(([status, description]) => [
    nameOf(status),
    {
      description,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    },
  ]),
)

export const toErrors = (statuses: readonly number[]): JsonObject =>
  Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${nameOf(status)}` }]),
  )
