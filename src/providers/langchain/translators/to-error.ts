/** Converts what a LangChain model threw to an error that a client may see. */
import { GatewayError, isJsonObject, type JsonObject } from '#model'
import { toUpstreamError } from '#protocols'

/** LangChain's own advice at the end of a message, which is of no use to the client. */
const ADVICE = /\s*Troubleshooting URL: https?:\/\/\S*\s*$/

/** @param hasBegun whether the answer had started already. */
export const toModelError = (thrown: unknown, hasBegun: boolean): GatewayError => {
  if (thrown instanceof GatewayError) return thrown
  const causes = causesOf(thrown)
  for (const cause of causes) {
    const status = statusOf(cause)
    if (status !== undefined)
      return toUpstreamError({ status, rawHeaders: headersOf(cause), body: bodyOf(cause) })
  }
  if (causes.some(isTimeout))
    return new GatewayError('upstream_timeout', 'The upstream did not answer in time.', {
      cause: thrown,
    })
  if (!causes.some(isConnection))
    return new GatewayError('upstream_failed', 'The model failed.', { cause: thrown })
  return hasBegun
    ? new GatewayError('upstream_broken', 'The upstream broke off its answer.', { cause: thrown })
    : new GatewayError('upstream_unreachable', 'The upstream cannot be reached.', { cause: thrown })
}

const MAX_CAUSES = 5

/** The error and its causes, outermost first. */
const causesOf = (thrown: unknown): JsonObject[] => {
  const causes: JsonObject[] = []
  for (let each = thrown; isJsonObject(each) && causes.length < MAX_CAUSES; each = each.cause)
    causes.push(each)
  return causes
}

/** Finds the status in the fields where SDKs keep it. */
const statusOf = ({ status, statusCode, code, response, $metadata }: JsonObject) =>
  [
    status,
    statusCode,
    code,
    isJsonObject(response) ? response.status : undefined,
    isJsonObject($metadata) ? $metadata.httpStatusCode : undefined,
  ].find((value): value is number => typeof value === 'number' && value >= 400 && value <= 599)

const headersOf = ({ headers, response }: JsonObject): string[] => {
  const found = headers ?? (isJsonObject(response) ? response.headers : undefined)
  if (found instanceof Headers) return [...found].flat()
  return isJsonObject(found)
    ? Object.entries(found).flatMap(([name, value]) => [name, String(value)])
    : []
}

/** The vendor's own error, if the SDK kept it. */
const bodyOf = ({ error, message }: JsonObject): string => {
  if (isJsonObject(error)) return JSON.stringify(isJsonObject(error.error) ? error : { error })
  return String(message ?? '').replace(ADVICE, '')
}

const isTimeout = ({ name, code }: JsonObject): boolean =>
  name === 'TimeoutError' || code === 'ETIMEDOUT'

/** `fetch` reports `fetch failed` before an answer and `terminated` within one; SDKs wrap these errors. */
const isConnection = ({ name, code, message }: JsonObject): boolean =>
  (typeof code === 'string' && /^(?:E[A-Z]+|UND_ERR_\w+)$/.test(code)) ||
  /^(?:fetch failed|terminated|Connection error\.|Premature close)$/.test(String(message)) ||
  String(name).includes('Connection')
