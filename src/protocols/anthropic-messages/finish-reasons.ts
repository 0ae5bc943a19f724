/** Translates the reason why an answer ended, in both directions. */
import type { AnswerFacts, FinishReason, JsonObject } from '#model'
import { type OddEnding, toFacts, toKnownReason, toOddEnding } from '../answers/endings.ts'
import { lookUp } from '../requests/fields.ts'

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-full',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
  pause_turn: 'pause',
  compaction: 'pause',
}

/** An answer with tool calls ends with `tool-calls`, whatever the upstream reports, except for these reasons. */
const KEPT_BESIDE_CALLS: ReadonlySet<FinishReason> = new Set([
  'length',
  'context-full',
  'content-filter',
  'pause',
])

/** @param stopReason `''` if none was reported. */
export const toFinishReason = (stopReason: string, callsTools: boolean): FinishReason => {
  const reason =
    stopReason === ''
      ? 'stop'
      : (lookUp(FINISH_REASONS, stopReason) ?? toKnownReason(stopReason) ?? 'other')
  if (callsTools && !KEPT_BESIDE_CALLS.has(reason)) return 'tool-calls'
  return reason === 'tool-calls' && !callsTools ? 'stop' : reason
}

export const decodeEnding = ({ stop_reason }: JsonObject): OddEnding | undefined =>
  toOddEnding(stop_reason, toFinishReason)

/** For a complete answer, the message that begins a stream, or what ends it. */
export const decodeFacts = (message: JsonObject): AnswerFacts =>
  toFacts(message, [message.stop_reason])

const STOP_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-full': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
}

export interface Ending {
  readonly reason: FinishReason
  readonly stopSequence?: string | undefined
  readonly vendorReason?: string | undefined
  readonly callsTools: boolean
  readonly refuses: boolean
}

export const encodeStop = (ending: Ending) => {
  const { stopSequence } = ending
  const stop_reason = toStopReason(ending)
  return {
    stop_reason,
    stop_sequence: stop_reason === 'stop_sequence' ? (stopSequence ?? null) : null,
    stop_details:
      stop_reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
    container: null,
  }
}

const toStopReason = ({
  reason,
  stopSequence,
  vendorReason,
  callsTools,
  refuses,
}: Ending): string => {
  if (callsTools && !KEPT_BESIDE_CALLS.has(reason)) return 'tool_use'
  if (reason === 'tool-calls') return 'end_turn'
  // The client could not determine which of its sequences matched.
  if (reason === 'stop-sequence' && !stopSequence) return 'end_turn'
  // An unknown reason does not prove a regular end.
  if (reason === 'other' && vendorReason !== undefined) return 'max_tokens'
  return refuses && reason === 'stop' ? 'refusal' : STOP_REASONS[reason]
}

/** Reports whether the end may leave a tool's input unfinished. */
export const isCutShort = (reason: FinishReason): boolean =>
  reason === 'length' || reason === 'context-full' || reason === 'content-filter'
