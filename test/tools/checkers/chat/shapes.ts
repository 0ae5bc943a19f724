/** What the frames of several dialects contain. */
import { count, filled, nullable, number, oneOf, record, text } from '../shape.ts'

export const costs = record({
  model: filled,
  total_tokens: count,
  prompt_tokens: count,
  completion_tokens: count,
  cached_tokens: count,
  cache_write_tokens: count,
  reasoning_tokens: count,
  total_cost: nullable(number),
  estimated: oneOf(true, false),
})

export const error = record({ message: filled, type: filled, code: filled, param: nullable(text) })
