/** Reads a parameter of a query. */
import { invalidRequest } from '#model'

/** Of two values, a reader could not know which one counted. @throws GatewayError */
export const readOnce = (asked: URLSearchParams, name: string): string | undefined => {
  const [value, ...more] = asked.getAll(name)
  if (more.length > 0) throw invalidRequest(`'${name}' is there more than once.`, name)
  return value
}
