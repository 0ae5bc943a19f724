/** Errors, as a complete answer or as the last event of a stream. */
import type { GatewayError } from '#model'
import { type ByteString, sseData } from '#streams'
import { toErrorObject } from '../errors/openai-error.ts'

export { encodeError } from '../errors/openai-error.ts'
export { toUpstreamError as decodeError } from '../errors/upstream-failure.ts'

export const encodeStreamError = (error: GatewayError): ByteString =>
  sseData({ error: toErrorObject(error) })
