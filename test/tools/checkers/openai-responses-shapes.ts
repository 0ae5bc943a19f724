/** The JSON shapes of Responses: its events, items, parts and answers. */

import {
  anything,
  byType,
  count,
  emptyList,
  filled,
  flag,
  isRecord,
  list,
  nothing,
  nullable,
  number,
  oneOf,
  record,
  seconds,
  text,
} from './shape.ts'
import type { Shape } from './shape.ts'

const type = filled
const ITEM_STATUS = oneOf('in_progress', 'completed', 'incomplete')

/** Items that the vendor runs itself: their insides are its own. */
const HOSTED_ITEMS = [
  'file_search_call',
  'web_search_call',
  'computer_call',
  'computer_call_output',
  'program',
  'program_output',
  'tool_search_call',
  'tool_search_output',
  'additional_tools',
  'compaction',
  'image_generation_call',
  'code_interpreter_call',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'mcp_call',
  'mcp_list_tools',
  'mcp_approval_request',
  'mcp_approval_response',
  'function_call_output',
  'custom_tool_call_output',
]

const part = byType({
  output_text: record({ text, annotations: list(), 'logprobs?': list() }),
  refusal: record({ refusal: text }),
  reasoning_text: record({ text }),
})

const summaryPart = record({ type: oneOf('summary_text'), text })

const toItem = (lists: { parts: Shape; summary: Shape }) =>
  byType({
    ...Object.fromEntries(
      HOSTED_ITEMS.map((name) => [name, record({ id: filled, 'status?': filled })]),
    ),
    message: record({
      id: filled,
      role: oneOf('assistant'),
      status: ITEM_STATUS,
      content: lists.parts,
      'phase?': nullable(text),
    }),
    reasoning: record({
      id: filled,
      summary: lists.summary,
      'content?': nullable(lists.parts),
      'encrypted_content?': nullable(text),
      'status?': ITEM_STATUS,
    }),
    function_call: record({
      id: filled,
      call_id: filled,
      name: filled,
      arguments: text,
      'namespace?': filled,
      'status?': ITEM_STATUS,
    }),
    custom_tool_call: record({
      id: filled,
      call_id: filled,
      name: filled,
      input: text,
      'namespace?': filled,
    }),
  })

const item = toItem({ parts: list(part), summary: list(summaryPart) })
/** The client appends parts as they come, so an item is added without any. */
const addedItem = toItem({ parts: emptyList, summary: emptyList })

const usage = record({
  input_tokens: count,
  input_tokens_details: record({ cached_tokens: count, 'cache_write_tokens*': count }),
  output_tokens: count,
  output_tokens_details: record({ reasoning_tokens: count }),
  total_tokens: count,
})

const anObject: Shape = (value, path) => (isRecord(value) ? [] : [`${path} is not an object`])

const responseFields = {
  id: filled,
  object: oneOf('response'),
  created_at: seconds,
  model: filled,
  instructions: nullable(anything),
  metadata: nullable(anObject),
  parallel_tool_calls: flag,
  temperature: nullable(number),
  top_p: nullable(number),
  tool_choice: anything,
  tools: list(record({ type })),
  'access_programs*': nullable(anObject),
}

const running = (...status: string[]) =>
  record({
    ...responseFields,
    status: oneOf(...status),
    output: emptyList,
    error: nothing,
    incomplete_details: nothing,
    'usage?': nullable(usage),
  })

const ENDINGS: Record<string, Record<string, Shape>> = {
  completed: { error: nothing, incomplete_details: nothing, usage },
  incomplete: { error: nothing, incomplete_details: record({ reason: filled }), usage },
  failed: {
    error: record({ code: filled, message: filled }),
    incomplete_details: nothing,
    'usage?': nullable(usage),
  },
  cancelled: { error: nothing, incomplete_details: nothing, 'usage?': nullable(usage) },
}

const ended = (status: string) =>
  record({ ...responseFields, status: oneOf(status), output: list(item), ...ENDINGS[status] })

/** Nothing else may break an answer off at any point: there is no event of its own for a cancelled one. */
const brokenOff: Shape = (value, path, complete) =>
  ended(isRecord(value) && value['status'] === 'cancelled' ? 'cancelled' : 'failed')(
    value,
    path,
    complete,
  )

export const answerShape: Shape = (value, path, complete) => {
  const status = isRecord(value) ? value['status'] : undefined
  return ended(typeof status === 'string' && status in ENDINGS ? status : 'completed')(
    value,
    path,
    complete,
  )
}

const inItem = { item_id: filled, output_index: count }
const inPart = { ...inItem, content_index: count }
const inSummary = { ...inItem, summary_index: count }

/** Progress of tools that the vendor runs itself: only the item they belong to is looked at. */
const HOSTED_EVENT =
  /^response\.(?:web_search|file_search|code_interpreter|image_generation|mcp|mcp_list_tools|compaction)(?:_call)?(?:_code|_arguments)?\./
export const isHosted = (name: string) => HOSTED_EVENT.test(name)

const ownEvent = byType({
  'response.created': record({ response: running('in_progress', 'queued') }),
  'response.queued': record({ response: running('queued') }),
  'response.in_progress': record({ response: running('in_progress') }),
  'response.completed': record({ response: ended('completed') }),
  'response.incomplete': record({ response: ended('incomplete') }),
  'response.failed': record({ response: brokenOff }),
  'response.output_item.added': record({ output_index: count, item: addedItem }),
  'response.output_item.done': record({ output_index: count, item }),
  'response.content_part.added': record({ ...inPart, part }),
  'response.content_part.done': record({ ...inPart, part }),
  'response.output_text.delta': record({ ...inPart, delta: text, logprobs: list() }),
  'response.output_text.done': record({ ...inPart, text, logprobs: list() }),
  'response.output_text.annotation.added': record({
    ...inPart,
    annotation_index: count,
    annotation: nullable(anObject),
  }),
  'response.refusal.delta': record({ ...inPart, delta: text }),
  'response.refusal.done': record({ ...inPart, refusal: text }),
  'response.reasoning_text.delta': record({ ...inPart, delta: text }),
  'response.reasoning_text.done': record({ ...inPart, text }),
  'response.reasoning_summary_part.added': record({ ...inSummary, part: summaryPart }),
  'response.reasoning_summary_part.done': record({ ...inSummary, part: summaryPart }),
  'response.reasoning_summary_text.delta': record({ ...inSummary, delta: text }),
  'response.reasoning_summary_text.done': record({ ...inSummary, text }),
  'response.function_call_arguments.delta': record({ ...inItem, delta: text }),
  'response.function_call_arguments.done': record({ ...inItem, arguments: text }),
  'response.custom_tool_call_input.delta': record({ ...inItem, delta: text }),
  'response.custom_tool_call_input.done': record({ ...inItem, input: text }),
})

const hostedEvent = record({ type, ...inItem })
const numbered = record({ sequence_number: count })

export const eventShape: Shape = (value, path, complete) => {
  const isOfHost = isRecord(value) && typeof value['type'] === 'string' && isHosted(value['type'])
  const own = (isOfHost ? hostedEvent : ownEvent)(value, path, complete)
  return own.length > 0 ? own : numbered(value, path, complete)
}
