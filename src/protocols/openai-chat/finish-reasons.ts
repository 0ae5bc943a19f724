/** Translates the reason why an answer ended, in both directions. */
import {
  type AnswerFacts,
  type FinishReason,
  isJsonObject,
  type JsonObject,
  type MessageEnd,
} from '#model'
import { type OddEnding, toFacts, toKnownReason, toOddEnding } from '../answers/endings.ts'
import { toList } from '../requests/lenient-fields.ts'

/** These leave an answer unfinished, including its tool calls. */
const CUT_SHORT: ReadonlySet<FinishReason> = new Set(['length', 'context-full', 'content-filter'])

/** An answer with tool calls ends with `tool-calls`, whatever the upstream reports, unless it was cut short. */
const withCalls = (reason: FinishReason, callsTools: boolean): FinishReason => {
  if (callsTools) return CUT_SHORT.has(reason) ? reason : 'tool-calls'
  return reason === 'tool-calls' ? 'stop' : reason
}

export const toFinishReason = (wireReason: string, callsTools: boolean): FinishReason =>
  withCalls(wireReason === '' ? 'stop' : (toKnownReason(wireReason) ?? 'other'), callsTools)

/** For a chunk or a complete answer. */
export const decodeEnding = ({ choices }: JsonObject): OddEnding | undefined =>
  toList(choices)
    .map((choice) => isJsonObject(choice) && toOddEnding(choice.finish_reason, toFinishReason))
    .find((ending) => typeof ending === 'object')

/** For a chunk or a complete answer. */
export const decodeFacts = (answer: JsonObject): AnswerFacts =>
  toFacts(
    answer,
    toList(answer.choices).map((choice) => isJsonObject(choice) && choice.finish_reason),
  )

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

/** An unknown reason does not prove a regular end. */
export const encodeFinishReason = (
  { reason, vendorReason }: Pick<MessageEnd, 'reason' | 'vendorReason'>,
  callsTools: boolean,
): string => {
  const adjusted = withCalls(reason, callsTools)
  return adjusted === 'other' && vendorReason !== undefined ? 'length' : WIRE_REASONS[adjusted]
}
