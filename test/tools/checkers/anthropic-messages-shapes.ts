/** The JSON shapes of Anthropic Messages: its events, blocks, answers and errors. */

import {
  anything,
  byType,
  count,
  emptyList,
  emptyObject,
  emptyText,
  filled,
  isRecord,
  list,
  nothing,
  nullable,
  oneOf,
  record,
  text,
} from './shape.ts'
import type { Shape } from './shape.ts'

const STOP_REASONS = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
  'compaction',
]

const ERROR_TYPES = [
  'invalid_request_error',
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'conflict_error',
  'request_too_large',
  'rate_limit_error',
  'timeout_error',
  'api_error',
  'overloaded_error',
]

const type = filled
const caller = record({ type })

/** Tool results and uploads are complete in their start and take no delta. */
const WHOLE_BLOCKS: Record<string, Shape> = {
  redacted_thinking: record({ data: filled }),
  container_upload: record({ file_id: filled }),
  fallback: anything,
  mcp_tool_listing: anything,
  ...Object.fromEntries(
    [
      'web_search_tool_result',
      'web_fetch_tool_result',
      'code_execution_tool_result',
      'bash_code_execution_tool_result',
      'text_editor_code_execution_tool_result',
      'tool_search_tool_result',
      'advisor_tool_result',
      'mcp_tool_result',
    ].map((name) => [name, record({ tool_use_id: filled, content: anything })]),
  ),
}

const tool = (input: Shape) => record({ id: filled, name: filled, input, 'caller*': caller })
const toolBlocks = (input: Shape) => ({
  tool_use: tool(input),
  server_tool_use: tool(input),
  mcp_tool_use: tool(input),
})

const anObject: Shape = (value, path) => (isRecord(value) ? [] : [`${path} is not an object`])

/** What a start may hold: the clients begin from nothing and take the rest from the deltas. */
const startedBlock = byType({
  ...WHOLE_BLOCKS,
  ...toolBlocks(emptyObject),
  text: record({ text: emptyText, 'citations*': nullable(emptyList) }),
  thinking: record({ thinking: emptyText, signature: emptyText }),
  compaction: record({ content: nullable(emptyText) }),
})

const wholeBlock = byType({
  ...WHOLE_BLOCKS,
  ...toolBlocks(anObject),
  text: record({ text, 'citations*': nullable(list(record({ type }))) }),
  thinking: record({ thinking: text, signature: text }),
  compaction: record({ content: nullable(text) }),
})

const blockDelta = byType({
  text_delta: record({ text }),
  input_json_delta: record({ partial_json: text }),
  thinking_delta: record({ thinking: text }),
  signature_delta: record({ signature: filled }),
  citations_delta: record({ citation: record({ type }) }),
  compaction_delta: record({ content: nullable(text) }),
})

const outputUsage = {
  output_tokens: count,
  'cache_creation_input_tokens*': nullable(count),
  'cache_read_input_tokens*': nullable(count),
  'output_tokens_details*': nullable(record({ thinking_tokens: count })),
  'server_tool_use*': nullable(
    record({ web_search_requests: count, 'web_fetch_requests*': count }),
  ),
}

const messageUsage = record({
  ...outputUsage,
  input_tokens: count,
  'cache_creation*': nullable(
    record({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count }),
  ),
  'service_tier*': nullable(text),
  'inference_geo*': nullable(text),
  'speed*': nullable(text),
})

const messageFields = {
  id: filled,
  type: oneOf('message'),
  role: oneOf('assistant'),
  model: filled,
  usage: messageUsage,
  'container*': nullable(record({ id: filled })),
  'diagnostics*': nullable(anObject),
  'stop_details*': nullable(record({ type })),
}

const stopFields = {
  stop_reason: oneOf(...STOP_REASONS),
  stop_sequence: nullable(filled),
}

export const answerShape = record({ ...messageFields, ...stopFields, content: list(wholeBlock) })

const error = record({ type: oneOf(...ERROR_TYPES), message: filled })

export const errorShape = record({
  type: oneOf('error'),
  error,
  request_id: nullable(filled),
})

export const eventShape = byType({
  ping: record({}),
  error: record({ error, 'request_id?': nullable(filled) }),
  message_start: record({
    message: record({
      ...messageFields,
      content: emptyList,
      stop_reason: nothing,
      stop_sequence: nothing,
    }),
  }),
  content_block_start: record({ index: count, content_block: startedBlock }),
  content_block_delta: record({ index: count, delta: blockDelta }),
  content_block_stop: record({ index: count }),
  message_delta: record({
    delta: record({
      ...stopFields,
      'container*': nullable(record({ id: filled })),
      'stop_details*': nullable(record({ type })),
    }),
    usage: record({ ...outputUsage, 'input_tokens*': nullable(count) }),
  }),
  message_stop: record({}),
})
