/** The JSON shapes of OpenAI's completions: its chunks and its answers. */

import { count, filled, list, nullable, number, oneOf, record, seconds, text } from './shape.ts'

const usageShape = record({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  'prompt_tokens_details?': record({ 'cached_tokens?': count, 'audio_tokens?': count }),
  'completion_tokens_details?': record({ 'reasoning_tokens?': count, 'audio_tokens?': count }),
})

const logprobs = nullable(
  record({
    tokens: list(text),
    token_logprobs: list(nullable(number)),
    'text_offset?': list(count),
  }),
)

const finish = oneOf('stop', 'length', 'content_filter')

const common = {
  id: filled,
  object: oneOf('text_completion'),
  created: seconds,
  model: filled,
  'system_fingerprint?': nullable(text),
}

const choice = { index: count, text, logprobs }

export const chunkShape = record({
  ...common,
  choices: list(record({ ...choice, finish_reason: nullable(finish) })),
  'usage?': nullable(usageShape),
})

export const answerShape = record({
  ...common,
  choices: list(record({ ...choice, finish_reason: finish })),
  usage: usageShape,
})
