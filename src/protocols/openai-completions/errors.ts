/**
 * Errors. A stream has no word for them here: editors take a chunk without choices for a crash of their own.
 * One that fails ends as one that was cut. Why: docs/decisions/completions.md.
 */
import type { GatewayError, JsonObject } from '#model'
import { type ByteString, sseData } from '#streams'
import { DONE, type WireCompletion } from './wire.ts'

export { encodeError } from '../errors/openai-error.ts'
export { toUpstreamError as decodeError } from '../errors/upstream-failure.ts'

/** `context` is what the tap of this stream holds, so that the last chunk belongs to the answer that began. */
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

/** The end of an answer of which the rest will never come. */
export const encodeCut = (completion: WireCompletion): ByteString =>
  `${sseData({
    ...completion,
    choices: [{ text: '', index: 0, logprobs: null, finish_reason: 'length' }],
  })}data: ${DONE}\n\n`
