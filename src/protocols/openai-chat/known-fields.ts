/** The fields of a chat request that Sluice reads. */
import { toBlocks } from '../anthropic-messages/index.ts'
import {
  anything,
  byValue,
  each,
  fields,
  type Known,
  oneOf,
  looseFields,
} from '../requests/ignored-fields.ts'

const COMMON = { type: anything, cache_control: anything }

const NAMED = { name: anything, description: anything }

const INVOCATION = fields({ name: anything, arguments: anything, input: anything })

const CONTENT: Known = each(
  byValue('type', {
    ...toBlocks((value, path, note) => CONTENT(value, path, note)),
    text: fields({ ...COMMON, text: anything, annotations: anything }),
    image_url: fields({ ...COMMON, image_url: fields({ url: anything, detail: anything }) }),
    file: fields({
      ...COMMON,
      file: fields({ file_data: anything, file_id: anything, filename: anything }),
    }),
    input_audio: fields({ ...COMMON, input_audio: fields({ data: anything, format: anything }) }),
    refusal: fields({ ...COMMON, refusal: anything }),
  }),
)

const MESSAGE_FIELDS = { role: anything, content: CONTENT, cache_control: anything }

/** Clients send these fields of an answer back with it; ids and places carry nothing more. */
const ANSWER_FIELDS = { id: anything, index: anything, annotations: anything }

const CALL_TYPES: ReadonlySet<string> = new Set(['function', 'custom'])

const MESSAGE: Known = byValue(
  'role',
  {
    assistant: fields({
      ...MESSAGE_FIELDS,
      ...ANSWER_FIELDS,
      refusal: anything,
      reasoning_content: anything,
      reasoning: anything,
      reasoning_details: anything,
      function_call: INVOCATION,
      tool_calls: each(
        fields({
          ...COMMON,
          ...ANSWER_FIELDS,
          type: oneOf(CALL_TYPES),
          function: INVOCATION,
          custom: INVOCATION,
        }),
      ),
    }),
    tool: fields({ ...MESSAGE_FIELDS, tool_call_id: anything, name: anything }),
    function: fields({ ...MESSAGE_FIELDS, name: anything }),
  },
  fields(MESSAGE_FIELDS),
)

const FUNCTION = { ...NAMED, parameters: anything, strict: anything }

const TOOL = byValue('type', {
  function: fields({
    ...COMMON,
    ...FUNCTION,
    input_schema: anything,
    function: fields(FUNCTION),
    defer_loading: anything,
  }),
  custom: fields({
    ...COMMON,
    ...FUNCTION,
    input_schema: anything,
    defer_loading: anything,
    custom: fields({ ...NAMED, format: anything }),
  }),
})

/** A tool without a type is a function. */
const toTyped = (tool: unknown): unknown =>
  typeof tool === 'object' && tool !== null && !('type' in tool && tool.type)
    ? { ...tool, type: 'function' }
    : tool

const ALLOWED: Readonly<Record<string, Known>> = {
  mode: oneOf(new Set(['auto', 'required'])),
  tools: each(
    fields({
      type: anything,
      name: anything,
      function: fields({ name: anything }),
      custom: fields({ name: anything }),
    }),
  ),
}

const CHOICE_TYPES: ReadonlySet<string> = new Set([
  ...CALL_TYPES,
  'allowed_tools',
  'auto',
  'any',
  'none',
  'required',
  'tool',
])

const CHOICE: Known = fields({
  type: oneOf(CHOICE_TYPES),
  name: anything,
  function: fields({ name: anything }),
  custom: fields({ name: anything }),
  ...ALLOWED,
  allowed_tools: fields(ALLOWED),
  disable_parallel_tool_use: anything,
})

/** Other fields at the top are kept as extensions. */
export const CHAT_REQUEST: Known = looseFields({
  messages: each(MESSAGE),
  system: CONTENT,
  tools: each((tool, path, note) => TOOL(toTyped(tool), path, note)),
  functions: each(fields(FUNCTION)),
  tool_choice: CHOICE,
  function_call: CHOICE,
  response_format: fields({
    type: anything,
    json_schema: fields({ ...NAMED, schema: anything, strict: anything }),
  }),
  reasoning: fields({ effort: anything, max_tokens: anything }),
  stream_options: fields({ include_usage: anything, include_obfuscation: anything }),
})
