/** Shorthand for the tests beside it: streams in, streams out. */
import type { ModelEvent, ModelRequest, PartOpening } from '#model'
import {
  type AnswerContext,
  NOTHING_TO_UNDO,
  openaiCompletions,
  type TargetTraits,
} from '#protocols'
import { createSseReader, sseData, translateAll } from '#streams'
import { judgeSentence } from '../expect-well-formed.ts'

const { codec } = openaiCompletions
if (!codec) throw new Error('Completions are translated')

export const { decodeRequest, encodeRequest, decodeMessage, encodeMessage } = codec

export const ANSWER: AnswerContext = {
  model: 'asked-model',
  provider: 'somewhere',
  inputTokens: 42,
  usageInStream: true,
  createdAtMs: 1_760_000_000_000,
}

export const TARGET: TargetTraits = { provider: 'openai', model: 'davinci-002' }

export const encode = (events: Iterable<ModelEvent>, answer = ANSWER): Buffer =>
  Buffer.from(translateAll(codec.encodeEvents(answer), events).join(''), 'latin1')

/** Frames of these values; a string stands as it is. */
export const stream = (...values: readonly unknown[]): Buffer =>
  Buffer.from(
    values
      .map((value) => (typeof value === 'string' ? `data: ${value}\n\n` : sseData(value)))
      .join(''),
    'latin1',
  )

export const decode = (bytes: Buffer): ModelEvent[] => {
  const events: ModelEvent[] = []
  const translation = codec.decodeEvents(NOTHING_TO_UNDO)((event) => events.push(event))
  const reader = createSseReader((data, event) => translation.push({ data, event }))
  reader.push(bytes.toString('latin1'))
  translation.end()
  const faults = judgeSentence(events)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return events
}

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

export const request = (fields: Partial<ModelRequest>): ModelRequest => ({
  model: 'asked-model',
  stream: false,
  tools: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'def f(' }] }],
  ...fields,
})
