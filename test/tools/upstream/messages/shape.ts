/** The fields of a Messages request that Anthropic knows. */
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
import type { Body, Fields, Shape } from '../requests/shape.ts'
import { TOOL_NAME_LENGTH } from '../requests/tool-names.ts'

const text = string()
const toolId = string({ min: 1, pattern: /^[a-zA-Z0-9_-]+$/ })
const toolName = string({ pattern: new RegExp(`^[a-zA-Z0-9_-]{1,${TOOL_NAME_LENGTH}}$`) })
const cacheControl = nullable(
  object({ type: literal('ephemeral') }, { ttl: literal('5m', '1h'), scope: text }),
)
const cached = { cache_control: cacheControl }

const textBlock = object({ type: text, text }, { ...cached, citations: nullable(list(record())) })

const imageSource = tagged('type', {
  base64: object({
    type: text,
    media_type: literal('image/jpeg', 'image/png', 'image/gif', 'image/webp'),
    data: text,
  }),
  url: object({ type: text, url: text }),
  file: object({ type: text, file_id: text }),
})
const image = object(
  { type: text, source: imageSource },
  { ...cached, transformations: nullable(record()) },
)

const documentSource = tagged('type', {
  base64: object({ type: text, media_type: literal('application/pdf'), data: text }),
  text: object({ type: text, media_type: literal('text/plain'), data: text }),
  content: object({
    type: text,
    content: byKind({ string: text, array: list(tagged('type', { text: textBlock, image })) }),
  }),
  url: object({ type: text, url: text }),
  file: object({ type: text, file_id: text }),
})
const document = object(
  { type: text, source: documentSource },
  {
    ...cached,
    citations: nullable(object({}, { enabled: boolean })),
    context: nullable(text),
    title: nullable(text),
  },
)
const searchResult = object(
  { type: text, content: list(textBlock), source: text, title: text },
  { ...cached, citations: record() },
)
const toolReference = object({ type: text, tool_name: text }, cached)

const toolResult = object(
  { type: text, tool_use_id: toolId },
  {
    ...cached,
    content: byKind({
      string: text,
      array: list(
        tagged('type', {
          text: textBlock,
          image,
          document,
          search_result: searchResult,
          tool_reference: toolReference,
          browser_state: record(),
        }),
      ),
    }),
    is_error: boolean,
    toolset_name: nullable(text),
  },
)

const toolUse = object(
  { type: text, id: toolId, name: string({ min: 1, max: 200 }), input: record() },
  { ...cached, caller: record(), toolset_name: nullable(text) },
)

/** Results of the vendor's own tools come back as they were given; they are not looked into. */
const serverResult = object(
  { type: text, tool_use_id: text, content: anything },
  { ...cached, caller: record() },
)
const SERVER_RESULTS = [
  'web_search_tool_result',
  'web_fetch_tool_result',
  'code_execution_tool_result',
  'bash_code_execution_tool_result',
  'text_editor_code_execution_tool_result',
  'tool_search_tool_result',
  'mcp_tool_result',
  'advisor_tool_result',
]

const blocks = {
  text: textBlock,
  image,
  document,
  search_result: searchResult,
  thinking: object({ type: text, thinking: text, signature: text }),
  redacted_thinking: object({ type: text, data: text }),
  tool_use: toolUse,
  tool_result: toolResult,
  server_tool_use: record(),
  mcp_tool_use: record(),
  container_upload: record(),
  compaction: record(),
  fallback: record(),
  ...Object.fromEntries(SERVER_RESULTS.map((type) => [type, serverResult])),
}

const content = byKind({ string: text, array: list(tagged('type', blocks)) })

const systemContent = byKind({
  string: text,
  array: list(tagged('type', { text: textBlock, tool_addition: record(), tool_removal: record() })),
})

const effort = nullable(literal('low', 'medium', 'high', 'xhigh', 'max'))

const message = tagged(
  'role',
  {
    user: object({ role: text, content }),
    assistant: object({ role: text, content }),
    system: object(
      { role: text },
      {
        content: systemContent,
        clear_at: nullable(literal('next_user_message', 'never')),
        output_config: nullable(object({}, { effort })),
      },
    ),
  },
  { unnamed: true },
)

const callers = { allowed_callers: list(text) }

const customTool = object(
  {
    name: toolName,
    input_schema: (value, path) => {
      record()(value, path)
      literal('object')((value as Body).type, [...path, 'type'])
    },
  },
  {
    ...cached,
    ...callers,
    type: nullable(literal('custom')),
    defer_loading: boolean,
    description: text,
    eager_input_streaming: nullable(boolean),
    input_examples: list(record()),
    strict: boolean,
  },
)

/** The vendor's own tools, by the start of their type; each keeps its own fields. */
const SERVER_TOOL =
  /^(?:web_search|web_fetch|bash|text_editor|computer|computer_toolset|browser_toolset|memory|code_execution|tool_search_tool_(?:bm25|regex)|mcp_toolset|advisor)(?:_\d{8})?$/

const tool: Shape = (value, path) => {
  const type = (value as Body | null)?.type
  if (typeof type === 'string' && SERVER_TOOL.test(type)) return record()(value, path)
  return tagged(
    'type',
    { custom: customTool },
    { absent: () => 'custom' },
  )(type === null ? { ...(value as Body), type: undefined } : value, path)
}

const parallel = { disable_parallel_tool_use: boolean }

const shown = { display: nullable(literal('summarized', 'omitted')) }

const jsonFormat = nullable(object({ type: literal('json_schema'), schema: record() }))

const counted: Fields = {
  cache_control: cacheControl,
  output_config: object({}, { effort, format: jsonFormat, task_budget: nullable(record()) }),
  speed: nullable(literal('standard', 'fast')),
  system: byKind({ string: text, array: list(tagged('type', { text: textBlock })) }),
  thinking: tagged('type', {
    enabled: object({ type: text, budget_tokens: integer() }, shown),
    adaptive: object({ type: text }, shown),
    between_tools: object({ type: text }),
    disabled: object({ type: text }),
  }),
  tool_choice: tagged('type', {
    auto: object({ type: text }, parallel),
    any: object({ type: text }, parallel),
    tool: object({ type: text, name: text }, parallel),
    none: object({ type: text }),
  }),
  tools: list(tool),
}

/** Known only to requests that name a beta. */
const BETA_FIELDS: Record<string, Shape> = {
  billing_policy: anything,
  compaction: anything,
  context_management: nullable(object({}, { edits: list(record()) })),
  fallback_credit_token: anything,
  fallbacks: anything,
  mcp_servers: list(record()),
  output_format: jsonFormat,
  thread: nullable(
    tagged('type', {
      create: object({ type: text }),
      continue: object({ type: text, previous_message_id: text }),
    }),
  ),
}

const messages = (min: number) => list(message, { min })

/** A thread may go on with nothing new to say. */
export const messagesShape = (hasBetas: boolean, continues: boolean): Shape =>
  object(
    {
      model: string({ min: 1 }),
      max_tokens: integer({ min: 1 }),
      messages: messages(continues ? 0 : 1),
    },
    {
      ...counted,
      ...(hasBetas && BETA_FIELDS),
      container: anything,
      diagnostics: nullable(record()),
      inference_geo: nullable(text),
      metadata: object({}, { user_id: nullable(string({ max: 512 })) }),
      service_tier: literal('auto', 'standard_only'),
      stop_sequences: list(string({ min: 1 })),
      stream: boolean,
      temperature: number({ min: 0, max: 1 }),
      top_p: number({ min: 0, max: 1 }),
      top_k: integer({ min: 0 }),
    },
  )

export const countTokensShape = (hasBetas: boolean): Shape =>
  object(
    { model: string({ min: 1 }), messages: messages(1) },
    { ...counted, ...(hasBetas && BETA_FIELDS) },
  )
