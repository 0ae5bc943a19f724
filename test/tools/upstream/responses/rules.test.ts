/** What OpenAI refuses of a Responses request, fired at the scripted upstream one by one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, errorOf } from '../ask.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

const fire = (change: object) =>
  ask(upstream, '/v1/responses', { model: 'gpt-5', input: 'hello', ...change })

const user = { role: 'user', content: 'hello' }
const call = (change: object = {}) => ({
  type: 'function_call',
  call_id: 'call_1',
  name: 'weather',
  arguments: '{}',
  ...change,
})
const output = (change: object = {}) => ({
  type: 'function_call_output',
  call_id: 'call_1',
  output: 'sunny',
  ...change,
})
const input = (...items: object[]) => ({ input: [user, ...items] })
const parameters = { type: 'object', properties: {} }
const tool = (change: object = {}) => ({ type: 'function', name: 'weather', parameters, ...change })

type Case = [sentence: string, change: object, message: string, details?: object]

const REFUSED: Case[] = [
  [
    'an unknown field at the top',
    { messages: [] },
    "Unknown parameter: 'messages'.",
    { param: 'messages' },
  ],
  [
    'an unknown field in an item',
    input(call({ index: 0 }), output()),
    "Unknown parameter: 'input[1].index'.",
    { code: 'unknown_parameter' },
  ],
  ['an unknown item', input({ type: 'tool_use' }), "Invalid value: 'tool_use'."],
  [
    'an unknown part',
    { input: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] },
    "Invalid value: 'text'.",
    { param: 'input[0].content[0].type' },
  ],
  ['no model', { model: undefined }, "Missing required parameter: 'model'."],
  ['no input', { input: undefined }, "One of 'input' or 'previous_response_id'"],
  [
    'an output without its call',
    input(output()),
    'No tool call found for function call output with call_id call_1.',
  ],
  ['a call without its output', input(call()), 'No tool output found for function call call_1.'],
  ['two calls with one id', input(call(), call(), output()), 'Duplicate function call found'],
  [
    'a freeform call without its output',
    input({ type: 'custom_tool_call', call_id: 'c', name: 'patch', input: '' }),
    'No tool output found for custom tool call c.',
  ],
  [
    'an item id past 64 characters',
    input(call({ id: `fc_${'x'.repeat(62)}` }), output()),
    'Expected a string with maximum length 64, but got a string with length 65',
    { code: 'string_above_max_length', param: 'input[1].id' },
  ],
  [
    'an item id that does not say what it names',
    input(call({ id: 'call_1' }), output()),
    "Invalid 'input[1].id': 'call_1'. Expected an ID that begins with 'fc'.",
  ],
  [
    'two items with one id',
    input(
      call({ id: 'fc_1' }),
      output(),
      call({ id: 'fc_1', call_id: 'b' }),
      output({ call_id: 'b' }),
    ),
    'Duplicate item found with id fc_1.',
  ],
  [
    'a tool name past 64 characters',
    { tools: [tool({ name: 'n'.repeat(65) })] },
    'maximum length 64',
  ],
  [
    'a tool schema that is no object',
    { tools: [tool({ parameters: { type: 'array' } })] },
    "Invalid schema for function 'weather'",
    { param: 'tools[0].parameters', code: 'invalid_function_parameters' },
  ],
  ['a tool of an unknown kind', { tools: [{ type: 'weather' }] }, "Invalid value: 'weather'."],
  [
    'a tool_choice that names an absent tool',
    { tools: [tool()], tool_choice: { type: 'function', name: 'other' } },
    "Tool choice 'other' not found in 'tools' parameter.",
  ],
  [
    'a required tool when there is none',
    { tool_choice: 'required' },
    "must be specified with 'tools'",
  ],
  [
    'a JSON schema format without a name',
    { text: { format: { type: 'json_schema', schema: parameters } } },
    "Missing required parameter: 'text.format.name'.",
  ],
  [
    'a token limit below 16',
    { max_output_tokens: 5 },
    'Expected a value >= 16, but got 5',
    { code: 'integer_below_min_value' },
  ],
  ['a temperature above 2', { model: 'gpt-4o', temperature: 3 }, 'Expected a value <= 2'],
  [
    'a temperature for a reasoning model',
    { temperature: 0.2 },
    "Unsupported parameter: 'temperature' is not supported with this model.",
  ],
  [
    'a bad image',
    {
      input: [
        { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,%' }] },
      ],
    },
    'invalid base64-encoded value',
    { param: 'input[0].content[0].image_url' },
  ],
  [
    'foreign encrypted reasoning',
    input(
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAABforeign' },
      user,
    ),
    'could not be verified',
    { code: 'invalid_encrypted_content' },
  ],
  [
    'a previous response it does not know',
    { previous_response_id: 'resp_0' },
    "Previous response with id 'resp_0' not found.",
    { code: 'previous_response_not_found' },
  ],
  [
    'stream_options without a stream',
    { stream_options: { include_obfuscation: false } },
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
  ],
]

describe('a Responses request', () => {
  it.each(REFUSED)('refuses %s', async (_, change, message, details = {}) => {
    const answer = await fire(change)
    expect(errorOf(answer).message).toContain(message)
    expect(errorOf(answer)).toMatchObject({ type: 'invalid_request_error', ...details })
    expect(answer.status).toBe(400)
  })

  it.each([
    ['an item', { type: 'item_reference', id: 'rs_0' }],
    ['reasoning that was not stored', { type: 'reasoning', id: 'rs_0', summary: [] }],
  ])('refuses a reference to %s that it does not know', async (_, item) => {
    const answer = await fire(input(item, user))
    expect(answer.status).toBe(404)
    expect(errorOf(answer).message).toContain("Item with id 'rs_0' not found.")
  })

  it('accepts what a coding agent sends', async () => {
    upstream.next({ parts: [{ reasoning: 'hm' }, { text: 'hello' }] })
    const include = ['reasoning.encrypted_content']
    const { json } = await fire({ include, store: false })
    const [thought] = json.output as Record<string, unknown>[]
    const answer = await fire({
      store: false,
      stream: true,
      include,
      prompt_cache_key: 'key',
      client_metadata: { session: 's' },
      parallel_tool_calls: true,
      reasoning: { effort: 'medium', summary: 'auto' },
      text: { verbosity: 'low' },
      tool_choice: 'auto',
      tools: [
        tool({ strict: false }),
        {
          type: 'custom',
          name: 'apply_patch',
          description: 'd',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
        },
        { type: 'tool_search', execution: 'client', description: 'd', parameters },
        { type: 'web_search', external_web_access: false },
        { type: 'namespace', name: 'mcp', description: 'd', tools: [tool()] },
      ],
      input: [
        { type: 'additional_tools', role: 'developer', tools: [tool()] },
        {
          type: 'message',
          role: 'developer',
          id: 'client-made',
          content: [{ type: 'input_text', text: 'a' }],
        },
        { ...thought, content: null },
        call({ namespace: 'mcp' }),
        output({ output: [{ type: 'input_text', text: 'a' }] }),
        { type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: '*** Begin' },
        { type: 'custom_tool_call_output', call_id: 'c', output: 'done' },
        { type: 'tool_search_call', call_id: 'd', execution: 'client', arguments: { query: 'q' } },
        {
          type: 'tool_search_output',
          call_id: 'd',
          execution: 'client',
          status: 'completed',
          tools: [tool()],
        },
        { role: 'user', content: 'go on' },
      ],
    })
    expect(errorOf(answer)).toEqual({})
    expect(answer.text).toContain('event: response.completed')
  })

  it('continues from a response that it stored, and from its items', async () => {
    upstream.next({
      parts: [
        { reasoning: 'hm' },
        { toolCall: { name: 'weather', arguments: '{}', id: 'call_9' } },
      ],
    })
    const { json } = await fire({ tools: [tool()] })
    const [thought] = json.output as { id: string }[]
    const next = await fire({
      previous_response_id: json.id,
      input: [output({ call_id: 'call_9' })],
    })
    expect(errorOf(next)).toEqual({})
    const referred = await fire(input({ type: 'item_reference', id: thought?.id }, user))
    expect(errorOf(referred)).toEqual({})
  })
})
