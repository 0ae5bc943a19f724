/** Reads the query of a request about sessions: each parameter is known, and there once. */
import { MAX_LISTED_MESSAGES } from '#chat'
import { invalidRequest } from '#model'

/** A cursor or words to search for. */
const MAX_PARAMETER_CHARACTERS = 1024

/** @param most items of one page. @throws GatewayError `invalid_request` */
export const readAsked = (
  query: string,
  known: readonly string[],
  most = MAX_LISTED_MESSAGES,
): URLSearchParams => {
  const asked = new URLSearchParams(query)
  const seen = new Set<string>()
  for (const [name, value] of asked) {
    const param = name.slice(0, 64)
    if (!known.includes(name))
      throw invalidRequest(`'${param}' is not a parameter of this route.`, param)
    if (seen.has(name)) throw invalidRequest(`'${param}' is there more than once.`, param)
    if (value.length > MAX_PARAMETER_CHARACTERS || value.includes('\0'))
      throw invalidRequest(
        `'${param}' must be at most ${MAX_PARAMETER_CHARACTERS} characters of text.`,
        param,
      )
    seen.add(name)
  }
  const limit = asked.get('limit')
  if (limit !== null && !isPageSize(limit, most))
    throw invalidRequest(`'limit' must be a whole number from 1 to ${most}.`, 'limit')
  return asked
}

const isPageSize = (text: string, most: number): boolean =>
  /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= most
