/**
 * Why answers end, in every known vendor's words. The words of one protocol also occur in all others, because of
 * gateways and of servers that speak several protocols.
 */
import {
  type AnswerFacts,
  type ErrorCode,
  type FinishReason,
  GatewayError,
  type Usage,
} from '#model'
import type { AnswerWriter } from './answer-writer.ts'
import { lookUp } from '../requests/fields.ts'

/** Keys are in lower case. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  end_turn: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  complete: 'stop',
  completed: 'stop',
  done: 'stop',
  stop_sequence: 'stop-sequence',
  length: 'length',
  incomplete: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  max_new_tokens: 'length',
  max_length: 'length',
  model_length: 'length',
  token_limit: 'length',
  time_limit: 'length',
  model_context_window_exceeded: 'context-full',
  context_window_exceeded: 'context-full',
  context_length_exceeded: 'context-full',
  tool_calls: 'tool-calls',
  tool_call: 'tool-calls',
  tool_use: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  content_filtered: 'content-filter',
  guardrail_intervened: 'content-filter',
  refusal: 'content-filter',
  safety: 'content-filter',
  sensitive: 'content-filter',
  recitation: 'content-filter',
  blocklist: 'content-filter',
  prohibited_content: 'content-filter',
  spii: 'content-filter',
  pause_turn: 'pause',
}

/** The answer was broken off, and a retry may succeed. */
const FAILURES: Readonly<Record<string, ErrorCode>> = {
  error: 'upstream_failed',
  failed: 'upstream_failed',
  network_error: 'upstream_broken',
  abort: 'upstream_broken',
  aborted: 'upstream_broken',
  cancelled: 'upstream_broken',
  canceled: 'upstream_broken',
  timeout: 'upstream_timeout',
  insufficient_system_resource: 'upstream_overloaded',
  engine_overloaded: 'upstream_overloaded',
  malformed_function_call: 'upstream_invalid',
}

export const toKnownReason = (word: string): FinishReason | undefined =>
  lookUp(REASONS, word.toLowerCase())

/** An end that is not known to be regular, in the vendor's own word. */
export interface OddEnding {
  readonly word: string
  /** The error code of a failure; absent if the word is unknown. */
  readonly code?: ErrorCode
}

const MAX_WORD = 64

/** The word goes into logs and into other dialects, so its characters and length are limited. */
const toWord = (word: string): string =>
  word.replaceAll(/[^\w .:/-]/g, '').slice(0, MAX_WORD) || 'unknown'

/** Longer names are none, and further choices are left out: an upstream may write anything. */
const MAX_FACT = 256
const MAX_CHOICES = 16

/** @param words why each choice ended, in the vendor's words; what is no word is left out. */
export const toFacts = (
  { id, model }: { readonly id?: unknown; readonly model?: unknown },
  words: readonly unknown[],
): AnswerFacts => {
  // Every answer has them, so nothing is made that is not kept.
  const facts: { id?: string; model?: string; reasons?: string[] } = {}
  if (isName(id)) facts.id = id
  if (isName(model)) facts.model = model
  for (const word of words)
    if (typeof word === 'string' && word !== '' && (facts.reasons?.length ?? 0) < MAX_CHOICES)
      (facts.reasons ??= []).push(toKnownReason(word) ?? toWord(word))
  return facts
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_FACT

type ToReason = (word: string, callsTools: boolean) => FinishReason

/** Undefined if the word is a known regular end, or absent. */
export const toOddEnding = (word: unknown, toReason: ToReason): OddEnding | undefined => {
  if (typeof word !== 'string' || word === '') return undefined
  const code = lookUp(FAILURES, word.toLowerCase())
  if (code) return { word: toWord(word), code }
  return toReason(word, false) === 'other' ? { word: toWord(word) } : undefined
}

export interface ReportedEnd {
  /** `''` if none was reported. */
  readonly word: string
  readonly callsTools: boolean
  readonly usage: Usage
  readonly stopSequence?: string | undefined
}

/** Ends an answer according to its vendor's word. */
export const endAnswer = (
  answer: AnswerWriter,
  toReason: ToReason,
  { word, callsTools, usage, stopSequence }: ReportedEnd,
): void => {
  const odd = toOddEnding(word, toReason)
  if (odd?.code)
    return answer.fail(
      new GatewayError(odd.code, `The upstream broke off its answer (${odd.word}).`, {
        vendorCode: odd.word,
      }),
    )
  answer.finish(toReason(word, callsTools), usage, { stopSequence, vendorReason: odd?.word })
}
