/** The fields of a chat request that OpenAI knows. */
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
const id = string({ max: 40 })
const toolName = string({ min: 1, max: TOOL_NAME_LENGTH, pattern: TOOL_NAME })
const breakpoint = { prompt_cache_breakpoint: anything }

const textPart = object({ type: literal('text'), text }, breakpoint)
const refusalPart = object({ type: literal('refusal'), refusal: text })
const imagePart = object(
  {
    type: literal('image_url'),
    image_url: object({ url: text }, { detail: literal('auto', 'low', 'high', 'original') }),
  },
  breakpoint,
)
const audioPart = object(
  {
    type: literal('input_audio'),
    input_audio: object({ data: text, format: literal('wav', 'mp3') }),
  },
  breakpoint,
)
const filePart = object(
  { type: literal('file'), file: object({}, { file_data: text, file_id: text, filename: text }) },
  breakpoint,
)

const parts = (variants: Record<string, Shape>) =>
  byKind({ string: text, array: list(tagged('type', variants), { min: 1 }) })

const plainContent = parts({ text: textPart })
/** That a result is text only is refused later, in words of its own. */
const resultContent = parts({ text: textPart, image_url: imagePart, file: filePart })
const userContent = parts({
  text: textPart,
  image_url: imagePart,
  input_audio: audioPart,
  file: filePart,
})
const assistantContent = byKind({
  string: text,
  null: anything,
  array: list(tagged('type', { text: textPart, refusal: refusalPart }), { min: 1 }),
})

const toolCall = tagged('type', {
  function: object({
    id,
    type: literal('function'),
    function: object({ name: toolName, arguments: text }),
  }),
  custom: object({
    id,
    type: literal('custom'),
    custom: object({ name: toolName, input: text }),
  }),
})

const messageShape = (extra: Fields) =>
  tagged('role', {
    developer: object({ role: text, content: plainContent }, { name: text, ...extra }),
    system: object({ role: text, content: plainContent }, { name: text, ...extra }),
    user: object({ role: text, content: userContent }, { name: text, ...extra }),
    assistant: object(
      { role: text },
      {
        content: assistantContent,
        // Its own answers carry them, and are sent back as they are.
        annotations: list(record()),
        audio: nullable(object({ id: text })),
        function_call: nullable(object({ name: text, arguments: text })),
        name: text,
        refusal: nullable(text),
        tool_calls: list(toolCall, { min: 1 }),
        ...extra,
      },
    ),
    // LangChain repeats the tool's name here, and is let in with it.
    tool: object(
      { role: text, content: resultContent, tool_call_id: id },
      { name: text, ...extra },
    ),
    function: object({ role: text, name: toolName, content: nullable(text) }, extra),
  })

const functionFields = { name: toolName }
const functionOptions = { description: text, parameters: record(), strict: nullable(boolean) }

const tool = tagged('type', {
  function: object({ type: text, function: object(functionFields, functionOptions) }),
  custom: object({
    type: text,
    custom: object(
      { name: toolName },
      {
        description: text,
        format: tagged('type', {
          text: object({ type: text }),
          grammar: object({
            type: text,
            grammar: object({ definition: text, syntax: literal('lark', 'regex') }),
          }),
        }),
      },
    ),
  }),
})

const toolChoice = byKind({
  string: literal('none', 'auto', 'required'),
  object: tagged('type', {
    function: object({ type: text, function: object({ name: text }) }),
    custom: object({ type: text, custom: object({ name: text }) }),
    allowed_tools: object({
      type: text,
      allowed_tools: object({ mode: literal('auto', 'required'), tools: list(record()) }),
    }),
  }),
})

const responseFormat = tagged('type', {
  text: object({ type: text }),
  json_object: object({ type: text }),
  json_schema: object({
    type: text,
    json_schema: object(
      { name: toolName },
      { description: text, schema: record(), strict: nullable(boolean) },
    ),
  }),
})

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** `extra` are further message fields that a vendor beyond OpenAI would know. */
export const chatShape = (extra: Fields): Shape =>
  object(
    { messages: list(messageShape(extra), { min: 1 }), model: text },
    {
      audio: nullable(record()),
      frequency_penalty: nullable(number({ min: -2, max: 2 })),
      function_call: byKind({ string: literal('none', 'auto'), object: object({ name: text }) }),
      functions: list(object({ name: toolName }, { description: text, parameters: record() }), {
        min: 1,
      }),
      logit_bias: nullable(record(number())),
      logprobs: nullable(boolean),
      max_completion_tokens: nullable(integer({ min: 1 })),
      max_tokens: nullable(integer({ min: 1 })),
      metadata: nullable(record(string({ max: 512 }))),
      modalities: nullable(list(literal('text', 'audio'))),
      moderation: nullable(record()),
      n: nullable(integer({ min: 1, max: 128 })),
      parallel_tool_calls: boolean,
      prediction: nullable(record()),
      presence_penalty: nullable(number({ min: -2, max: 2 })),
      prompt_cache_key: nullable(text),
      prompt_cache_options: record(),
      prompt_cache_retention: nullable(literal('in_memory', '24h')),
      reasoning_effort: nullable(literal(...EFFORTS)),
      response_format: responseFormat,
      safety_identifier: nullable(string({ max: 64 })),
      seed: nullable(integer()),
      service_tier: nullable(literal('auto', 'default', 'flex', 'scale', 'priority', 'fast')),
      stop: byKind({ string: text, null: anything, array: list(text, { min: 1, max: 4 }) }),
      store: nullable(boolean),
      stream: nullable(boolean),
      stream_options: nullable(
        object({}, { include_usage: boolean, include_obfuscation: boolean }),
      ),
      temperature: nullable(number({ min: 0, max: 2 })),
      tool_choice: toolChoice,
      tools: list(tool, { min: 1, max: 128 }),
      top_logprobs: nullable(integer({ min: 0, max: 20 })),
      top_p: nullable(number({ min: 0, max: 1 })),
      user: text,
      verbosity: nullable(literal('low', 'medium', 'high')),
      web_search_options: record(),
    },
  )
