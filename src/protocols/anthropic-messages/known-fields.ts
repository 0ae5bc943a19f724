/** The fields of a Messages request that Sluice reads. */
import {
  anything,
  byValue,
  each,
  fields,
  type Known,
  neverRead,
  oneOf,
  looseFields,
} from '../requests/ignored-fields.ts'

const TEXTS: Known = each(
  fields({
    type: oneOf(new Set(['text'])),
    text: anything,
    citations: anything,
    cache_control: anything,
  }),
)

const SOURCE: Known = fields({
  type: anything,
  media_type: anything,
  data: anything,
  url: anything,
  file_id: anything,
  content: TEXTS,
})

/** Fields of every block. The vendor adds `caller` to every call. */
const COMMON = { type: anything, cache_control: anything, caller: anything }

/** @param content of a result, which may be of either protocol if a Chat client sends it. */
export const toBlocks = (content: Known): Readonly<Record<string, Known>> => ({
  text: fields({ ...COMMON, text: anything, citations: anything }),
  image: fields({ ...COMMON, source: SOURCE }),
  document: fields({ ...COMMON, source: SOURCE, title: anything }),
  search_result: fields({ ...COMMON, content: TEXTS, source: anything, title: anything }),
  thinking: fields({ ...COMMON, thinking: anything, signature: anything }),
  redacted_thinking: fields({ ...COMMON, data: anything }),
  tool_use: fields({ ...COMMON, id: anything, name: anything, input: anything }),
  tool_result: fields({ ...COMMON, tool_use_id: anything, content, is_error: anything }),
  tool_reference: fields({ ...COMMON, tool_name: anything }),
})

const CONTENT: Known = each(
  byValue(
    'type',
    toBlocks((value, path, note) => CONTENT(value, path, note)),
  ),
)

const FUNCTION: Known = fields({
  type: anything,
  name: anything,
  description: anything,
  input_schema: anything,
  strict: anything,
  defer_loading: anything,
  cache_control: anything,
})

/** A tool with a type is the vendor's own, unless the type is `custom`. */
const TOOL: Known = (value, path, note) =>
  byValue('type', { custom: FUNCTION }, isTyped(value) ? anything : FUNCTION)(value, path, note)

const isTyped = (tool: unknown): boolean =>
  typeof tool === 'object' && tool !== null && 'type' in tool && typeof tool.type === 'string'

const FORMAT: Known = byValue(
  'type',
  { json_schema: fields({ type: anything, schema: anything }) },
  neverRead,
)

const THINKING = fields({ type: anything, budget_tokens: anything, display: anything })

/** Other fields at the top are kept as extensions. */
export const MESSAGES_REQUEST: Known = looseFields({
  messages: each(fields({ role: anything, content: CONTENT })),
  system: CONTENT,
  tools: each(TOOL),
  tool_choice: fields({ type: anything, name: anything, disable_parallel_tool_use: anything }),
  thinking: byValue('type', {
    enabled: THINKING,
    adaptive: THINKING,
    disabled: THINKING,
  }),
  output_config: looseFields({ format: FORMAT }),
  output_format: FORMAT,
})
