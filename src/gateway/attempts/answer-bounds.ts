/** How much of an answer may be held at once, and above what size it is counted. */
import { GatewayError } from '#model'

/** The limit for an answer that is held until it is complete, in however many parts it arrives. */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024

/** How much of a stream is held before its answer begins: its announcement, and what keeps the connection open. */
export const MAX_OPENING_BYTES = 1024 * 1024

/** Anything smaller fits into the buffers of a connection and costs no more than the call itself. It is not counted. */
export const SMALL_BYTES = 64 * 1024

export const answerTooLarge = (): GatewayError =>
  new GatewayError('upstream_invalid', 'The upstream answered with more than can be held.')
