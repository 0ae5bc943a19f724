/** A response that generates nothing: the client names what the next turn will build upon. */
import { randomBytes } from 'node:crypto'
import type { JsonObject } from '#model'

const NO_USAGE: JsonObject = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
}

export const toPrewarmEvents = (model: string): { id: string; events: readonly JsonObject[] } => {
  const id = `resp_${randomBytes(24).toString('hex')}`
  const response = {
    id,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    model,
    output: [],
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: 'auto',
    tools: [],
    top_p: null,
  }
  return {
    id,
    events: [
      {
        type: 'response.created',
        sequence_number: 0,
        response: { ...response, status: 'in_progress', usage: null },
      },
      {
        type: 'response.completed',
        sequence_number: 1,
        response: { ...response, status: 'completed', usage: NO_USAGE },
      },
    ],
  }
}
