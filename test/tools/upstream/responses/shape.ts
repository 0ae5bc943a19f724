/** The fields of a Responses request that OpenAI and its coding agent know. */
import { EFFORTS } from '../chat/shape.ts'
import {
  anything,
  boolean,
  byKind,
  integer,
  list,
  literal,
  nullable,
  number,
  object,
  record,
  string,
  tagged,
} from '../requests/shape.ts'
import type { Fields, Shape } from '../requests/shape.ts'
import { TOOL_NAME, TOOL_NAME_LENGTH } from '../requests/tool-names.ts'

const text = string()
const id = nullable(string({ min: 1, max: 64 }))
const callId = string({ min: 1, max: 64 })
const toolName = string({ min: 1, max: TOOL_NAME_LENGTH, pattern: TOOL_NAME })
const status = nullable(literal('in_progress', 'completed', 'incomplete', 'searching', 'failed'))
const breakpoint = { prompt_cache_breakpoint: anything }

const inputParts = {
  input_text: object({ type: text, text }, breakpoint),
  input_image: object(
    { type: text },
    {
      detail: nullable(literal('auto', 'low', 'high', 'original')),
      file_id: nullable(text),
      image_url: nullable(text),
      ...breakpoint,
    },
  ),
  input_file: object(
    { type: text },
    {
      detail: literal('auto', 'low', 'high'),
      file_data: text,
      file_id: nullable(text),
      file_url: text,
      filename: text,
      ...breakpoint,
    },
  ),
}

const outputParts = {
  output_text: object({ type: text, text }, { annotations: list(record()), logprobs: anything }),
  refusal: object({ type: text, refusal: text }),
}

const parts = (variants: Record<string, Shape>) =>
  byKind({ string: text, array: list(tagged('type', variants)) })

const message = tagged('role', {
  ...Object.fromEntries(
    ['user', 'system', 'developer'].map((role) => [
      role,
      object({ role: text, content: parts(inputParts) }, { type: text, id, status }),
    ]),
  ),
  assistant: object(
    { role: text, content: parts(outputParts) },
    { type: text, id, status, phase: nullable(literal('commentary', 'final_answer')) },
  ),
})

const output = parts(inputParts)
const called = { id, status, caller: anything, async: boolean }

const summary = list(object({ type: literal('summary_text'), text }))
const reasoningContent = nullable(list(object({ type: literal('reasoning_text', 'text'), text })))

/** Items whose insides are the vendor's affair: given back as they came. */
const OPAQUE = [
  'file_search_call',
  'computer_call',
  'computer_call_output',
  'web_search_call',
  'image_generation_call',
  'code_interpreter_call',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'mcp_list_tools',
  'mcp_approval_request',
  'mcp_approval_response',
  'mcp_call',
  'program',
  'program_output',
]

const functionTool = object(
  { type: text, name: toolName },
  {
    parameters: nullable(record()),
    strict: nullable(boolean),
    description: nullable(text),
    allowed_callers: anything,
    async: boolean,
    defer_loading: boolean,
    output_schema: nullable(record()),
  },
)

const customTool = object(
  { type: text, name: toolName },
  {
    description: text,
    format: tagged('type', {
      text: object({ type: text }),
      grammar: object({ type: text, definition: text, syntax: literal('lark', 'regex') }),
    }),
    allowed_callers: anything,
    async: boolean,
    defer_loading: boolean,
  },
)

const OPEN_TOOLS = [
  'file_search',
  'computer',
  'computer_use_preview',
  'web_search',
  'web_search_2025_08_26',
  'web_search_preview',
  'web_search_preview_2025_03_11',
  'mcp',
  'code_interpreter',
  'programmatic_tool_calling',
  'image_generation',
  'local_shell',
  'shell',
  'apply_patch',
]

const tool = tagged('type', {
  function: functionTool,
  custom: customTool,
  namespace: object(
    {
      type: text,
      name: toolName,
      tools: list(tagged('type', { function: functionTool, custom: customTool })),
    },
    { description: nullable(text) },
  ),
  tool_search: object(
    { type: text },
    { description: nullable(text), execution: literal('server', 'client'), parameters: anything },
  ),
  ...Object.fromEntries(OPEN_TOOLS.map((type) => [type, record()])),
})

const item = tagged(
  'type',
  {
    message,
    function_call: object(
      { type: text, call_id: callId, name: text, arguments: text },
      { ...called, namespace: nullable(text) },
    ),
    function_call_output: object(
      { type: text, call_id: callId, output },
      { ...called, name: nullable(text), namespace: nullable(text) },
    ),
    custom_tool_call: object(
      { type: text, call_id: callId, name: text, input: text },
      { ...called, namespace: nullable(text) },
    ),
    custom_tool_call_output: object(
      { type: text, call_id: callId, output },
      { ...called, name: nullable(text) },
    ),
    tool_search_call: object(
      { type: text, arguments: anything },
      { id, call_id: nullable(callId), execution: literal('server', 'client'), status },
    ),
    tool_search_output: object(
      { type: text, tools: list(tool) },
      { id, call_id: nullable(callId), execution: literal('server', 'client'), status },
    ),
    additional_tools: object({ type: text, role: literal('developer'), tools: list(tool) }, { id }),
    configuration_update: object({ type: text }, { id, reasoning: record(), text: record() }),
    reasoning: object(
      { type: text, summary },
      { id, content: reasoningContent, encrypted_content: nullable(text), status },
    ),
    compaction: object({ type: text, encrypted_content: text }, { id, created_by: text }),
    compaction_trigger: object({ type: text }, { id }),
    item_reference: object({ id: string({ min: 1, max: 64 }) }, { type: nullable(text) }),
    ...Object.fromEntries(OPAQUE.map((type) => [type, record()])),
  },
  { absent: (value) => (value.role === undefined ? 'item_reference' : 'message') },
)

const format = tagged('type', {
  text: object({ type: text }),
  json_object: object({ type: text }),
  json_schema: object(
    { type: text, name: toolName, schema: record() },
    { description: text, strict: nullable(boolean) },
  ),
})

const INCLUDABLE = [
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
]

const reasoning = nullable(
  object(
    {},
    {
      context: nullable(literal('auto', 'current_turn', 'all_turns')),
      effort: nullable(literal(...EFFORTS)),
      generate_summary: nullable(literal('auto', 'concise', 'detailed')),
      mode: text,
      summary: nullable(literal('auto', 'concise', 'detailed')),
    },
  ),
)

/** Sent by the vendor's coding agent, though its types do not name them. */
const AGENT_FIELDS: Fields = { client_metadata: record() }

export const responsesShape: Shape = object(
  {},
  {
    ...AGENT_FIELDS,
    access_programs: record(),
    background: nullable(boolean),
    context_management: nullable(list(record())),
    conversation: anything,
    image: record(),
    include: nullable(list(literal(...INCLUDABLE))),
    input: byKind({ string: text, array: list(item) }),
    instructions: nullable(text),
    max_output_tokens: nullable(integer({ min: 16 })),
    max_tool_calls: nullable(integer({ min: 1 })),
    metadata: nullable(record(string({ max: 512 }))),
    model: text,
    moderation: nullable(record()),
    parallel_tool_calls: nullable(boolean),
    previous_response_id: nullable(text),
    prompt: nullable(record()),
    prompt_cache_key: nullable(text),
    prompt_cache_options: record(),
    prompt_cache_retention: nullable(literal('in_memory', '24h')),
    reasoning,
    safety_identifier: nullable(string({ max: 64 })),
    service_tier: nullable(literal('auto', 'default', 'flex', 'scale', 'priority', 'fast')),
    store: nullable(boolean),
    stream: nullable(boolean),
    stream_options: nullable(record()),
    temperature: nullable(number({ min: 0, max: 2 })),
    text: object({}, { format, verbosity: nullable(literal('low', 'medium', 'high')) }),
    tool_choice: byKind({ string: literal('none', 'auto', 'required'), object: record() }),
    tools: list(tool),
    top_logprobs: nullable(integer({ min: 0, max: 20 })),
    top_p: nullable(number({ min: 0, max: 1 })),
    truncation: nullable(literal('auto', 'disabled')),
    user: text,
  },
)
