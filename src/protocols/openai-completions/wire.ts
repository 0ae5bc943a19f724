/** The wire types, as far as they are read and written here. */
import type { FinishReason, MessageEnd } from '#model'

/** A chunk of a stream or a complete answer; both have the same form. */
export interface WireCompletion {
  readonly id: string
  readonly object: 'text_completion'
  readonly created: number
  readonly model: string
}

/** A choice of a chunk from an upstream. */
export interface WireChoice {
  readonly index?: unknown
  readonly text?: unknown
  readonly finish_reason?: unknown
}

export const DONE = '[DONE]'

/** For a client of this protocol, an answer that waits to be continued has been cut. */
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

/** A refusal is never the text that was requested, so it ends with `content_filter`. */
export const encodeFinishReason = (
  { reason, vendorReason }: Pick<MessageEnd, 'reason' | 'vendorReason'>,
  refuses: boolean,
): string => {
  if (refuses) return 'content_filter'
  // An unknown reason does not prove a regular end.
  return reason === 'other' && vendorReason !== undefined ? 'length' : WIRE_REASONS[reason]
}
