/** Reads why an answer ended. LangChain passes on each vendor's reason under the vendor's own name. */
import { type FinishReason, isJsonObject, type JsonObject } from '#model'
import { toKnownReason } from '#protocols'
import type { AnswerMessage } from '../models/chat-model.ts'

const FIELDS = ['finish_reason', 'finishReason', 'stop_reason', 'stopReason', 'done_reason']

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

/** These leave an answer unfinished, including its tool calls. */
const CUT_SHORT: ReadonlySet<FinishReason> = new Set(['length', 'context-full', 'content-filter'])

export const toFinishReason = (word: string, callsTools: boolean): FinishReason => {
  const reason = word === '' ? 'stop' : (toKnownReason(word) ?? 'other')
  if (callsTools) return CUT_SHORT.has(reason) ? reason : 'tool-calls'
  return reason === 'tool-calls' ? 'stop' : reason
}
