/** Translates the reason why a response ended. */
import { type AnswerFacts, type FinishReason, isJsonObject, type JsonObject } from '#model'
import { type OddEnding, toFacts, toKnownReason, toOddEnding } from '../answers/endings.ts'
import { toText } from '../requests/lenient-fields.ts'
import { decodeStreamError } from './errors.ts'

/** These leave an answer unfinished, including its tool calls. */
const CUT_SHORT: ReadonlySet<FinishReason> = new Set(['length', 'context-full', 'content-filter'])

export const toFinishReason = (word: string, callsTools: boolean): FinishReason => {
  const reason = toKnownReason(word) ?? 'other'
  return callsTools && !CUT_SHORT.has(reason) ? 'tool-calls' : reason
}

/** A cancellation by the client is not the upstream's failure. */
export const isCancelled = ({ status, error }: JsonObject): boolean =>
  status === 'cancelled' && !error

/** A background response is returned before it is complete. */
export const isPending = ({ status }: JsonObject): boolean =>
  status === 'queued' || status === 'in_progress'

export const decodeEnding = (response: JsonObject, type?: string): OddEnding | undefined => {
  if (isCancelled(response)) return { word: 'cancelled', code: 'cancelled' }
  // In a stream, an event says so.
  if (type === undefined && response.status === 'failed')
    return { word: 'failed', code: decodeStreamError(response).code }
  return toOddEnding(wordOf(response, type), toFinishReason)
}

/** For a response, complete or not. @param type of the event that has it. */
export const decodeFacts = (response: JsonObject, type?: string): AnswerFacts =>
  toFacts(response, isPending(response) ? [] : [wordOf(response, type)])

/** The vendor's word for the end of a response. @param type of the event that ends a stream. */
export const wordOf = (response: JsonObject, type = ''): string => {
  const status = type === 'response.incomplete' ? 'incomplete' : toText(response.status)
  if (status !== 'incomplete') return status === 'cancelled' ? status : 'completed'
  const details = isJsonObject(response.incomplete_details) ? response.incomplete_details : {}
  return toText(details.reason) || status
}
