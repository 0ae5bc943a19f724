/** The wire as far as it is read and written here. */
import type { FinishReason, MessageEnd } from '#model'

/** A chunk of a stream, or a whole answer: they look the same. */
export interface WireCompletion {
  readonly id: string
  readonly object: 'text_completion'
  readonly created: number
  readonly model: string
}

/** A choice of a chunk as it comes from outside. */
export interface WireChoice {
  readonly index?: unknown
  readonly text?: unknown
  readonly finish_reason?: unknown
}

export const DONE = '[DONE]'

/** An answer that waits to be gone on with has been cut, as far as a client of this protocol can know. */
const WIRE_REASONS: Readonly<Record<FinishReason, 'stop' | 'length' | 'content_filter'>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-full': 'length',
  'tool-calls': 'stop',
  'content-filter': 'content_filter',
  pause: 'length',
  other: 'stop',
}

/** A refusal is never the text that was asked for, whatever the answer says of its end. */
export const encodeFinishReason = (
  { reason, vendorReason }: Pick<MessageEnd, 'reason' | 'vendorReason'>,
  refuses: boolean,
): string => {
  if (refuses) return 'content_filter'
  // A word that nobody knows vouches for no good end.
  return reason === 'other' && vendorReason !== undefined ? 'length' : WIRE_REASONS[reason]
}
