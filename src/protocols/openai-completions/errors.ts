/**
 * Errors. Within a stream there are none in this protocol: editors treat a chunk without choices as a bug of their own.
 * A failed stream ends as if it had been cut. Why: docs/decisions/completions.md.
 */
import type { GatewayError, JsonObject } from '#model'
import { type ByteString, sseData } from '#streams'
import { DONE, type WireCompletion } from './wire.ts'

export { encodeError } from '../errors/openai-error.ts'
export { toUpstreamError as decodeError } from '../errors/upstream-failure.ts'

/** `context` comes from the tap of this stream, so that the last chunk belongs to the answer that started. */
export const encodeStreamError = (
  _error: GatewayError,
  requestId: string,
  context: JsonObject = {},
): ByteString =>
  encodeCut({
    id: typeof context.id === 'string' ? context.id : `cmpl-${requestId}`,
    object: 'text_completion',
    created: typeof context.created === 'number' ? context.created : Math.floor(Date.now() / 1000),
    model: typeof context.model === 'string' ? context.model : 'unknown',
  })

/** The last chunk of an answer that stays incomplete. */
export const encodeCut = (completion: WireCompletion): ByteString =>
  `${sseData({
    ...completion,
    choices: [{ text: '', index: 0, logprobs: null, finish_reason: 'length' }],
  })}data: ${DONE}\n\n`
