/** How much of a call is held at once, and from where on it is counted. */
import { GatewayError } from '#model'

/** Of an answer that is held until it is complete, in however many parts it comes. */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024

/** What is less costs no more than its call and fits into a connection's own buffers: it is not counted. */
export const SMALL_BYTES = 64 * 1024

export const answerTooLarge = (): GatewayError =>
  new GatewayError('upstream_invalid', 'The upstream answered with more than can be held.')
