/** Errors, whole or as the last event of a stream. */
import type { GatewayError } from '#model'
import { type ByteString, sseData } from '#streams'
import { toErrorObject } from '../openai-error.ts'

export { encodeError } from '../openai-error.ts'
export { toUpstreamError as decodeError } from '../upstream-failure.ts'

export const encodeStreamError = (error: GatewayError): ByteString =>
  sseData({ error: toErrorObject(error) })
