/** The response object inside the events of a stream, at its start and at its end. */
import type { FinishReason, JsonObject, MessageEnd } from '#model'
import { type ByteString, toByteString } from '#streams'
import type { AnswerContext } from '../../protocol.ts'
import { toEcho } from './request-echo.ts'
import { encodeUsage } from '../usage.ts'

export const toResponse = (id: string, answer: AnswerContext): JsonObject => ({
  ...toEcho(answer.request),
  id,
  object: 'response',
  created_at: Math.floor(answer.createdAtMs / 1000),
  model: answer.model,
  status: 'in_progress',
  error: null,
  incomplete_details: null,
  output: [],
  usage: null,
})

const INCOMPLETE: Readonly<Partial<Record<FinishReason, string>>> = {
  length: 'max_output_tokens',
  'context-full': 'max_output_tokens',
  'content-filter': 'content_filter',
}

/** Reports whether the answer is unfinished, including its calls. */
export const isCutShort = (reason: FinishReason): boolean => INCOMPLETE[reason] !== undefined

/** @param output the items as they were written. */
export const endResponse = (
  response: JsonObject,
  output: readonly ByteString[],
  end: Pick<MessageEnd, 'reason' | 'usage' | 'vendorReason'>,
  inputEstimate: number,
): { readonly status: string; readonly json: ByteString } => {
  const cause = INCOMPLETE[end.reason] ?? (end.reason === 'other' ? end.vendorReason : undefined)
  const status = cause === undefined ? 'completed' : 'incomplete'
  const { output: _, ...fields } = response
  const rest = toByteString(
    JSON.stringify({
      ...fields,
      status,
      incomplete_details: cause === undefined ? null : { reason: cause },
      usage: encodeUsage(end.usage, inputEstimate),
    }),
  )
  return { status, json: `${rest.slice(0, -1)},"output":[${output.join(',')}]}` }
}
