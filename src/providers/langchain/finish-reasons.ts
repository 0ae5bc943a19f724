/** Why an answer ended: LangChain gives on what each vendor says, under the vendor's own name for it. */
import { type FinishReason, isJsonObject, type JsonObject } from '#model'
import { lookUp } from '#protocols'
import type { AnswerMessage } from './chat-model.ts'

const FIELDS = ['finish_reason', 'finishReason', 'stop_reason', 'stopReason', 'done_reason']

/** In lower case. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  end_turn: 'stop',
  eos: 'stop',
  complete: 'stop',
  completed: 'stop',
  stop_sequence: 'stop-sequence',
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'context-full',
  tool_calls: 'tool-calls',
  tool_call: 'tool-calls',
  tool_use: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  content_filtered: 'content-filter',
  guardrail_intervened: 'content-filter',
  refusal: 'content-filter',
  safety: 'content-filter',
  recitation: 'content-filter',
  blocklist: 'content-filter',
  prohibited_content: 'content-filter',
  spii: 'content-filter',
  pause_turn: 'pause',
}

export const wordOf = ({ response_metadata, additional_kwargs }: AnswerMessage): string => {
  const { messageStop, incomplete_details } = response_metadata ?? {}
  const cutShort = isJsonObject(incomplete_details) ? incomplete_details.reason : undefined
  if (typeof cutShort === 'string') return cutShort
  for (const place of [response_metadata, additional_kwargs, messageStop])
    for (const field of FIELDS) {
      const word = isJsonObject(place) ? place[field] : undefined
      if (typeof word === 'string' && word !== '') return word
    }
  return ''
}

export const stopSequenceOf = (message: AnswerMessage): string | undefined =>
  [message.response_metadata, message.additional_kwargs]
    .map((place: JsonObject | undefined) => place?.stop_sequence)
    .find((sequence) => typeof sequence === 'string')

/** Leaves an answer unfinished, its tool calls too. */
const CUT_SHORT: ReadonlySet<FinishReason> = new Set(['length', 'context-full', 'content-filter'])

export const toFinishReason = (word: string, callsTools: boolean): FinishReason => {
  const reason = word === '' ? 'stop' : (lookUp(REASONS, word.toLowerCase()) ?? 'other')
  if (callsTools) return CUT_SHORT.has(reason) ? reason : 'tool-calls'
  return reason === 'tool-calls' ? 'stop' : reason
}
