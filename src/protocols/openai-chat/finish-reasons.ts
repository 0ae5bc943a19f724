/** Why an answer ends, in both tongues. */
import type { FinishReason } from '#model'
import { lookUp } from '../fields.ts'

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  // Not of the protocol, but of vendors that speak it otherwise.
  eos: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_length: 'length',
  safety: 'content-filter',
}

/** Leaves an answer unfinished, its tool calls too. */
const CUT_SHORT: ReadonlySet<FinishReason> = new Set(['length', 'context-full', 'content-filter'])

/** An answer that calls tools ends with them, whatever the upstream says, unless it was cut short. */
const beside = (reason: FinishReason, callsTools: boolean): FinishReason => {
  if (callsTools) return CUT_SHORT.has(reason) ? reason : 'tool-calls'
  return reason === 'tool-calls' ? 'stop' : reason
}

export const toFinishReason = (wireReason: string, callsTools: boolean): FinishReason =>
  beside(
    wireReason === '' ? 'stop' : (lookUp(FINISH_REASONS, wireReason.toLowerCase()) ?? 'other'),
    callsTools,
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

export const encodeFinishReason = (reason: FinishReason, callsTools: boolean): string =>
  WIRE_REASONS[beside(reason, callsTools)]
