/** Translates the reason why an answer ended, in both directions. */
import {
  type AnswerFacts,
  type FinishReason,
  isJsonObject,
  type JsonObject,
  type MessageEnd,
} from '#model'
import { type OddEnding, toFacts, toKnownReason, toOddEnding } from '../answers/endings.ts'
import { lookUp } from '../requests/fields.ts'
import { toList } from '../requests/lenient-fields.ts'

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  // The answer could be continued, but only with a token that no other protocol has a field for.
  CONTINUATION: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  LANGUAGE: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
}

/** The model wrote something unusable; a retry may succeed. */
export const FAILURES: ReadonlySet<string> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'MALFORMED_RESPONSE',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MISSING_THOUGHT_SIGNATURE',
])

/** These leave an answer unfinished, including its tool calls. */
const CUT_SHORT: ReadonlySet<FinishReason> = new Set(['length', 'context-full', 'content-filter'])

export const isCutShort = (reason: FinishReason): boolean => CUT_SHORT.has(reason)

/** @param wireReason `''` if none was reported. */
export const toFinishReason = (wireReason: string, callsTools: boolean): FinishReason => {
  const reason =
    wireReason === ''
      ? 'stop'
      : (lookUp(FINISH_REASONS, wireReason) ?? toKnownReason(wireReason) ?? 'other')
  return callsTools && !isCutShort(reason) ? 'tool-calls' : reason
}

/** For a piece of a stream or a complete answer. */
export const decodeEnding = ({ candidates }: JsonObject): OddEnding | undefined =>
  toList(candidates)
    .map((candidate) => isJsonObject(candidate) && toEnding(candidate.finishReason))
    .find((ending) => typeof ending === 'object')

/** For a piece of a stream or a complete answer. */
export const decodeFacts = ({ responseId, modelVersion, candidates }: JsonObject): AnswerFacts =>
  toFacts(
    { id: responseId, model: modelVersion },
    toList(candidates).map((candidate) => isJsonObject(candidate) && candidate.finishReason),
  )

const toEnding = (word: unknown): OddEnding | undefined =>
  typeof word === 'string' && FAILURES.has(word)
    ? { word, code: 'upstream_invalid' }
    : toOddEnding(word, toFinishReason)

/** There is no reason for tool calls: the parts show whether there are any. */
const WIRE_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  'context-full': 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  pause: 'STOP',
  other: 'STOP',
}

export const encodeFinishReason = ({
  reason,
  vendorReason,
}: Pick<MessageEnd, 'reason' | 'vendorReason'>): JsonObject =>
  reason === 'other' && vendorReason !== undefined
    ? {
        finishReason: 'OTHER',
        finishMessage: `The upstream ended its answer with ${vendorReason}.`,
      }
    : { finishReason: WIRE_REASONS[reason] }
