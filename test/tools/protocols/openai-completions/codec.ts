/** Shorthand for the tests beside it: streams in, streams out. */
import type { ModelEvent, ModelRequest, PartOpening } from '#model'
import { openaiCompletions, type TargetTraits } from '#protocols'
import { request as anyRequest, toByteCodec } from '../byte-codec.ts'

export { ANSWER, toFrames as stream } from '../byte-codec.ts'

export const { decodeRequest, encodeRequest, decodeMessage, encodeMessage, encode, decode } =
  toByteCodec(openaiCompletions)

export const TARGET: TargetTraits = { provider: 'openai', model: 'davinci-002' }

export const chunk = (text: string, finish_reason: string | null = null, more = {}) => ({
  id: 'cmpl-1',
  object: 'text_completion',
  created: 1_700_000_000,
  model: 'upstream-model',
  choices: [{ text, index: 0, logprobs: null, finish_reason }],
  ...more,
})

export const part = (index: number, opening: PartOpening, ...texts: string[]): ModelEvent[] => [
  { type: 'part-start', index, part: opening },
  ...texts.map((text): ModelEvent => ({ type: 'part-delta', index, text })),
  { type: 'part-end', index },
]

export const request = (fields: Partial<ModelRequest>): ModelRequest =>
  anyRequest({
    turns: [{ role: 'user', parts: [{ kind: 'text', text: 'def f(' }] }],
    ...fields,
  })
