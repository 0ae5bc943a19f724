/** Removes our keys from the failures of upstreams: from errors, from headers, and from answers that are errors. */
import { GatewayError, parseObject } from '#model'
import { type ByteString, fromByteString, toByteString } from '#streams'
import type { Redact } from '#telemetry'
import type { Answer } from '../call.ts'

export const redactError = (error: GatewayError, redact: Redact): GatewayError => {
  const { code, message, status, param, vendorCode, vendorType, retryAfterMs, upstream } = error
  return new GatewayError(code, redact(message), {
    status,
    ...(param === undefined ? {} : { param: redact(param) }),
    ...(vendorCode === undefined ? {} : { vendorCode: redact(vendorCode) }),
    ...(vendorType === undefined ? {} : { vendorType: redact(vendorType) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(upstream && {
      upstream: {
        ...upstream,
        rawHeaders: redactHeaders(upstream.rawHeaders, redact),
        body: redact(upstream.body),
      },
    }),
    cause: error.cause,
  })
}

/** Bytes without a secret stay unchanged, even if they are not valid UTF-8. */
export const redactBytes = (bytes: ByteString, redact: Redact): ByteString => {
  const text = fromByteString(bytes)
  const redacted = redact(text)
  return redacted === text ? bytes : toByteString(redacted)
}

/** @param rawHeaders alternating names and values. */
const redactHeaders = (rawHeaders: readonly string[], redact: Redact): readonly string[] => {
  const all = rawHeaders.join('\n')
  return redact(all) === all ? rawHeaders : rawHeaders.map(redact)
}

/** Redacts an answer before it is sent. The body is unchanged unless it is an error: a model may write anything. */
export const redactAnswer = <Given extends Answer>(answer: Given, redact: Redact): Given => {
  const headers = redactHeaders(answer.headers, redact)
  const { body } = answer
  return typeof body === 'string' && holdsError(body)
    ? { ...answer, headers, body: redactBytes(body, redact) }
    : { ...answer, headers }
}

const FILLED_ERROR = /"error"\s*:\s*[{["]/

/**
 * A failure with a status of success: some upstreams answer so, and a stored response may have failed. What is no object,
 * such as events that nobody asked for, may hold an error anywhere.
 */
export const holdsError = (body: ByteString): boolean => {
  if (!FILLED_ERROR.test(body)) return false
  const answer = parseObject(body)
  return !answer || Boolean(answer.error)
}
