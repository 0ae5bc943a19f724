/** The fields of a Responses request that Sluice reads. */
import {
  anything,
  byValue,
  each,
  fields,
  type Known,
  oneOf,
  looseFields,
} from '../requests/ignored-fields.ts'

/** Fields of parts that were in an answer and come back with it. */
const COMMON = { type: anything, annotations: anything, logprobs: anything }

const CONTENT: Known = each(
  byValue('type', {
    input_text: fields({ ...COMMON, text: anything }),
    output_text: fields({ ...COMMON, text: anything }),
    text: fields({ ...COMMON, text: anything }),
    refusal: fields({ ...COMMON, refusal: anything }),
    input_image: fields({ ...COMMON, image_url: anything, file_id: anything, detail: anything }),
    input_file: fields({
      ...COMMON,
      file_data: anything,
      file_url: anything,
      file_id: anything,
      filename: anything,
    }),
    input_audio: fields({ ...COMMON, input_audio: fields({ data: anything, format: anything }) }),
  }),
)

/** `phase` lets a model of this vendor distinguish its comments from its answer. */
const ITEM = { type: anything, id: anything, status: anything, phase: anything }

const MESSAGE = fields({ ...ITEM, role: anything, content: CONTENT })

const CALL = { ...ITEM, call_id: anything, name: anything, namespace: anything }

const OUTPUT = fields({ ...ITEM, call_id: anything, output: CONTENT })

const TOOLS: Known = each(
  byValue('type', {
    function: fields({
      type: anything,
      name: anything,
      description: anything,
      parameters: anything,
      strict: anything,
      defer_loading: anything,
    }),
    custom: fields({
      type: anything,
      name: anything,
      description: anything,
      format: anything,
      defer_loading: anything,
    }),
    namespace: fields({
      type: anything,
      name: anything,
      tools: (value, path, note) => TOOLS(value, path, note),
    }),
  }),
)

const ITEMS: Known = each(
  byValue(
    'type',
    {
      message: MESSAGE,
      function_call: fields({ ...CALL, arguments: anything }),
      custom_tool_call: fields({ ...CALL, input: anything }),
      function_call_output: OUTPUT,
      custom_tool_call_output: OUTPUT,
      local_shell_call_output: OUTPUT,
      local_shell_call: fields({ ...ITEM, call_id: anything, action: anything }),
      additional_tools: fields({ ...ITEM, role: anything, tools: TOOLS }),
    },
    (value, path, note) => {
      if (typeof value === 'object' && value !== null && !('type' in value))
        MESSAGE(value, path, note)
    },
  ),
)

const CHOICE_MODES: ReadonlySet<string> = new Set(['auto', 'required'])

/** Other fields at the top, in `text` and in `reasoning` are kept as extensions. */
export const RESPONSES_REQUEST: Known = looseFields({
  input: ITEMS,
  tools: TOOLS,
  tool_choice: fields({
    type: anything,
    name: anything,
    namespace: anything,
    mode: oneOf(CHOICE_MODES),
    tools: each(fields({ type: anything, name: anything, namespace: anything })),
  }),
  text: looseFields({
    format: fields({
      type: anything,
      name: anything,
      description: anything,
      schema: anything,
      strict: anything,
    }),
  }),
})
