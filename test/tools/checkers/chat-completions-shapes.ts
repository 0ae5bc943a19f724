/** The JSON shapes of Chat Completions: its chunks, answers and errors. */

import { anything, count, filled, list, nullable, oneOf, record, seconds, text } from './shape.ts'

const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call']

const usageShape = record({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  'cache_read_input_tokens?': count,
  'cache_creation_input_tokens?': count,
  'prompt_tokens_details?': record({
    'cached_tokens?': count,
    'cache_write_tokens?': count,
    'audio_tokens?': count,
    'image_tokens?': count,
    'text_tokens?': count,
  }),
  'completion_tokens_details?': record({
    'reasoning_tokens?': count,
    'audio_tokens?': count,
    'text_tokens?': count,
    'accepted_prediction_tokens?': count,
    'rejected_prediction_tokens?': count,
  }),
})

const logprobsShape = nullable(record({ content: nullable(list()), refusal: nullable(list()) }))

const reasoningFields = {
  'reasoning_content?': nullable(text),
  'reasoning?': nullable(text),
  'reasoning_details?': list(record({ type: filled })),
}

const annotations = list(
  record({
    type: oneOf('url_citation'),
    url_citation: record({ url: filled, title: text, start_index: count, end_index: count }),
  }),
)

export const chunkShape = record({
  id: filled,
  object: oneOf('chat.completion.chunk'),
  created: seconds,
  model: filled,
  'system_fingerprint?': nullable(text),
  'service_tier?': nullable(text),
  'usage?': nullable(usageShape),
  choices: list(
    record({
      index: count,
      finish_reason: nullable(oneOf(...FINISH_REASONS)),
      'logprobs?': logprobsShape,
      delta: record({
        ...reasoningFields,
        'role?': oneOf('assistant'),
        'content?': nullable(text),
        'refusal?': nullable(text),
        'annotations?': annotations,
        'function_call?': record({ 'name?': text, 'arguments?': text }),
        'tool_calls?': list(
          record({
            index: count,
            'id?': filled,
            'type?': oneOf('function', 'custom'),
            'function?': record({ 'name?': filled, 'arguments?': text }),
            'custom?': record({ 'name?': filled, 'input?': text }),
          }),
        ),
      }),
    }),
  ),
})

export const answerShape = record({
  id: filled,
  object: oneOf('chat.completion'),
  created: seconds,
  model: filled,
  'system_fingerprint?': nullable(text),
  'service_tier?': nullable(text),
  usage: usageShape,
  choices: list(
    record({
      index: count,
      finish_reason: oneOf(...FINISH_REASONS),
      logprobs: logprobsShape,
      message: record({
        ...reasoningFields,
        role: oneOf('assistant'),
        content: nullable(text),
        refusal: nullable(text),
        'annotations?': annotations,
        'function_call?': nullable(record({ name: filled, arguments: text })),
        'tool_calls?': list(
          record({
            id: filled,
            type: oneOf('function', 'custom'),
            'function?': record({ name: filled, arguments: text }),
            'custom?': record({ name: filled, input: text }),
          }),
        ),
      }),
    }),
  ),
})

export const errorShape = record({
  error: record({
    message: filled,
    type: filled,
    code: nullable(text),
    param: nullable(text),
    'details?': anything,
  }),
})
