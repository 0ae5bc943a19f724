/** Why an answer ends, in both tongues. */
import { type FinishReason, isJsonObject, type JsonObject, type MessageEnd } from '#model'
import { type OddEnding, toKnownReason, toOddEnding } from '../answers/endings.ts'
import { toList } from '../requests/lenient-fields.ts'

/** Leaves an answer unfinished, its tool calls too. */
const CUT_SHORT: ReadonlySet<FinishReason> = new Set(['length', 'context-full', 'content-filter'])

/** An answer that calls tools ends with them, whatever the upstream says, unless it was cut short. */
const beside = (reason: FinishReason, callsTools: boolean): FinishReason => {
  if (callsTools) return CUT_SHORT.has(reason) ? reason : 'tool-calls'
  return reason === 'tool-calls' ? 'stop' : reason
}

export const toFinishReason = (wireReason: string, callsTools: boolean): FinishReason =>
  beside(wireReason === '' ? 'stop' : (toKnownReason(wireReason) ?? 'other'), callsTools)

/** Of a chunk, or of a whole answer. */
export const decodeEnding = ({ choices }: JsonObject): OddEnding | undefined =>
  toList(choices)
    .map((choice) => isJsonObject(choice) && toOddEnding(choice.finish_reason, toFinishReason))
    .find((ending) => typeof ending === 'object')

const WIRE_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-full': 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  pause: 'stop',
  other: 'stop',
}

/** A word that nobody knows vouches for no good end. */
export const encodeFinishReason = (
  { reason, vendorReason }: Pick<MessageEnd, 'reason' | 'vendorReason'>,
  callsTools: boolean,
): string => {
  const shown = beside(reason, callsTools)
  return shown === 'other' && vendorReason !== undefined ? 'length' : WIRE_REASONS[shown]
}
