/** What OpenAI refuses of a chat request, fired at the scripted upstream one by one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, errorOf } from '../ask.ts'
import { TINY_PNG } from '../requests/images.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream({ models: ['deepseek-reasoner'] })
})
afterAll(() => upstream.close())

type Messages = Record<string, unknown>[]

const PATH = '/v1/chat/completions'
const user = { role: 'user', content: 'hello' }
const parameters = { type: 'object', properties: { city: { type: 'string' } } }
const tool = (definition: object = {}) => ({
  type: 'function',
  function: { name: 'weather', parameters, ...definition },
})
const call = (id: unknown = 'call_1', name: unknown = 'weather') => ({
  id,
  type: 'function',
  function: { name, arguments: '{}' },
})
const calls = (...ids: string[]) => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => call(id)),
})
const result = (id: string, content: unknown = 'sunny') => ({
  role: 'tool',
  tool_call_id: id,
  content,
})
const image = (url: string) => ({
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
})
const file = (data: string) => ({
  messages: [{ role: 'user', content: [{ type: 'file', file: { file_data: data } }] }],
})
const talk = (...messages: Messages) => ({ messages: [user, ...messages] })
const png = `data:image/png;base64,${TINY_PNG}`

const fire = (change: object) =>
  ask(upstream, PATH, { model: 'gpt-4o', messages: [user], ...change })

type Case = [sentence: string, change: object, message: string, details?: object]

/** What is refused of other vendors' models, or sent to the wrong place. */
const VENDORS: Case[] = [
  [
    'tools for a model that takes them on Responses only',
    { model: 'gpt-5.5', tools: [tool()] },
    'Please use /v1/responses instead',
    { param: 'tools' },
  ],
  [
    'thoughts of DeepSeek that are missing',
    { model: 'deepseek-v4-pro', ...talk(calls('call_1'), result('call_1')) },
    'reasoning_content is missing in assistant tool call message at index 1',
  ],
  [
    'an empty turn of Kimi',
    { model: 'kimi-k2.6', ...talk({ role: 'assistant', content: '' }, user) },
    "the message at position 1 with role 'assistant' must not be empty",
  ],
]

/** Its errors have no object of their own. */
const MISTRAL: readonly (readonly [sentence: string, change: object, message: string])[] = [
  ['a field that it does not know', { stream: true, stream_options: {} }, 'Extra inputs'],
  ['an id of another shape', talk(calls('call_1'), result('call_1')), 'with a length of 9'],
  [
    'a user behind a tool',
    talk(calls('abcDEF123'), result('abcDEF123'), user),
    "Unexpected role 'user' after role 'tool'",
  ],
  ['an empty turn', talk({ role: 'assistant', content: '' }, user), 'either content or tool_calls'],
  [
    'a last word of the assistant',
    talk({ role: 'assistant', content: 'So' }),
    'Expected last role',
  ],
]

const ORDER: Case[] = [
  [
    'a tool result that answers no call',
    talk(result('call_1')),
    "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'",
    { param: 'messages.[1].role' },
  ],
  [
    'a tool result that does not directly follow its call',
    talk(calls('call_1'), user, result('call_1')),
    'did not have response messages: call_1',
    { param: 'messages.[2].role' },
  ],
  ['a call without its result', talk(calls('call_1', 'call_2'), result('call_1')), 'call_2'],
  [
    'a result with an id that was not asked',
    talk(calls('call_1'), result('call_2')),
    "'tool_call_id' of 'call_2' not found in 'tool_calls' of previous message",
    { param: 'messages.[2].tool_call_id' },
  ],
  [
    'two results for one call',
    talk(calls('call_1'), result('call_1'), result('call_1')),
    "Duplicate value for 'tool_call_id' of 'call_1'",
  ],
  ['two calls with one id', talk(calls('call_1', 'call_1'), result('call_1')), 'Duplicate value'],
]

const IDS_AND_NAMES: Case[] = [
  [
    'a call id past 40 characters',
    talk(calls('c'.repeat(41)), result('c'.repeat(41))),
    'string too long. Expected a string with maximum length 40, but got a string with length 41',
    { code: 'string_above_max_length', param: 'messages[1].tool_calls[0].id' },
  ],
  [
    'a tool name past 64 characters',
    { tools: [tool({ name: 'n'.repeat(65) })] },
    'maximum length 64',
    { param: 'tools[0].function.name' },
  ],
  [
    'a tool name with a dot',
    { tools: [tool({ name: 'a.b' })] },
    "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'",
  ],
  [
    'a called name with a space',
    talk({ role: 'assistant', tool_calls: [call('call_1', 'a b')] }, result('call_1')),
    'does not match pattern',
  ],
]

const FIELDS: Case[] = [
  [
    'an unknown field at the top',
    { top_k: 4 },
    'Unrecognized request argument supplied: top_k',
    { code: null },
  ],
  [
    'an unknown field in a message',
    talk({ role: 'assistant', content: 'x', reasoning_details: [] }),
    "Unknown parameter: 'messages[1].reasoning_details'.",
    { param: 'messages[1].reasoning_details', code: 'unknown_parameter' },
  ],
  [
    'reasoning that was never said here',
    talk({ role: 'assistant', content: 'x', reasoning_content: 'foreign' }),
    "Unknown parameter: 'messages[1].reasoning_content'.",
  ],
  [
    'an unknown field in a part',
    {
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'x' } }] },
      ],
    },
    "Unknown parameter: 'messages[0].content[0].cache_control'.",
  ],
  ['an unknown role', talk({ role: 'robot', content: 'x' }), "Invalid value: 'robot'."],
  [
    'an unknown kind of part',
    { messages: [{ role: 'user', content: [{ type: 'document' }] }] },
    "Invalid value: 'document'.",
    { param: 'messages[0].content[0].type' },
  ],
  ['no messages', { messages: undefined }, "Missing required parameter: 'messages'."],
  ['an empty list of messages', { messages: [] }, "Invalid 'messages': empty array."],
  ['an empty list of tools', { tools: [] }, "Invalid 'tools': empty array."],
  ['no model', { model: undefined }, 'you must provide a model parameter'],
  [
    'messages that are not a list',
    { messages: 'hello' },
    "Invalid type for 'messages': expected an array, but got a string instead.",
    { code: 'invalid_type' },
  ],
  [
    'an assistant message without content or calls',
    talk({ role: 'assistant', content: null }),
    "Invalid value for 'content': expected a string, got null.",
  ],
]

const LIMITS: Case[] = [
  [
    'a temperature above 2',
    { temperature: 2.5 },
    "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
    { code: 'decimal_above_max_value' },
  ],
  [
    'max_tokens for a reasoning model',
    { model: 'gpt-5', max_tokens: 100 },
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    { code: 'unsupported_parameter', param: 'max_tokens' },
  ],
  [
    'max_tokens for an o model',
    { model: 'o4-mini', max_tokens: 100 },
    "Use 'max_completion_tokens'",
  ],
  [
    'a temperature for a reasoning model',
    { model: 'gpt-5', temperature: 0.5 },
    "'temperature' does not support 0.5 with this model",
    { code: 'unsupported_value' },
  ],
  [
    'stop sequences for a reasoning model',
    { model: 'o3', stop: ['x'] },
    "'stop' is not supported with this model",
  ],
  [
    'reasoning effort for a model that does not reason',
    { reasoning_effort: 'low' },
    'Unrecognized request argument supplied: reasoning_effort',
  ],
  [
    'more tokens than the model can write',
    { max_tokens: 999_999 },
    'max_tokens is too large: 999999. This model supports at most 16384 completion tokens',
    { param: 'max_tokens' },
  ],
  [
    'both names of the token limit',
    { max_tokens: 5, max_completion_tokens: 5 },
    "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
  ],
  ['five stop sequences', { stop: ['a', 'b', 'c', 'd', 'e'] }, "Invalid 'stop'"],
  [
    'stream_options without a stream',
    { stream_options: { include_usage: true } },
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    { param: 'stream_options' },
  ],
]

const TOOLS: Case[] = [
  [
    'tool_choice without tools',
    { tool_choice: 'auto' },
    "'tool_choice' is only allowed when 'tools' are specified.",
  ],
  [
    'parallel_tool_calls without tools',
    { parallel_tool_calls: false },
    "'parallel_tool_calls' is only allowed when 'tools' are specified.",
  ],
  [
    'a tool_choice that names an absent tool',
    { tools: [tool()], tool_choice: { type: 'function', function: { name: 'other' } } },
    "the tool 'other' was not found in the 'tools' parameter",
  ],
  [
    'a tool schema that is no object',
    { tools: [tool({ parameters: { type: 'string' } })] },
    `Invalid schema for function 'weather': schema must be a JSON Schema of 'type: "object"', got 'type: "string"'.`,
    { code: 'invalid_function_parameters', param: 'tools[0].function.parameters' },
  ],
  [
    'a tool schema without properties',
    { tools: [tool({ parameters: { type: 'object' } })] },
    'In context=(), object schema missing properties.',
  ],
  [
    'a list in a tool schema that does not say of what',
    { tools: [tool({ parameters: { type: 'object', properties: { a: { type: 'array' } } } })] },
    "In context=('properties', 'a'), array schema missing items.",
  ],
  [
    'a tool schema of an unknown type',
    { tools: [tool({ parameters: { type: 'object', properties: { a: { type: 'text' } } } })] },
    "In context=('properties', 'a'), \"text\" is not valid",
  ],
  [
    'a union at the top of a tool schema',
    { tools: [tool({ parameters: { ...parameters, anyOf: [] } })] },
    "not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level",
  ],
  [
    'a strict tool with an open schema',
    { tools: [tool({ strict: true })] },
    "'additionalProperties' is required to be supplied and to be false.",
  ],
  [
    'a strict tool with an optional field',
    { tools: [tool({ strict: true, parameters: { ...parameters, additionalProperties: false } })] },
    "Missing 'city'",
  ],
]

const FORMATS_AND_MEDIA: Case[] = [
  [
    'a JSON schema format without a name',
    { response_format: { type: 'json_schema', json_schema: { schema: parameters } } },
    "Missing required parameter: 'response_format.json_schema.name'.",
  ],
  [
    'a strict format with an open schema',
    {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'x', strict: true, schema: parameters },
      },
    },
    "Invalid schema for response_format 'x'",
    { code: 'invalid_json_schema' },
  ],
  [
    'a JSON object format when nobody speaks of it',
    { response_format: { type: 'json_object' } },
    "'messages' must contain the word 'json' in some form",
  ],
  ['an image that is no URL', image('picture.png'), 'Expected a valid URL'],
  ['an image that is no image', image('data:text/plain;base64,aGk='), 'with an image MIME type'],
  [
    'an image in broken base64',
    image('data:image/png;base64,%%%'),
    'invalid base64-encoded value',
    { code: 'invalid_base64_image' },
  ],
  [
    'an image of unknown bytes',
    image('data:image/png;base64,aGVsbG8='),
    'You uploaded an unsupported image.',
    { code: 'invalid_image_format' },
  ],
  [
    'a file that is no PDF',
    file('data:text/plain;base64,aGk='),
    'with an application/pdf MIME type',
  ],
  [
    'an image in a tool result',
    talk(calls('call_1'), result('call_1', [{ type: 'image_url', image_url: { url: png } }])),
    "Image URLs are only allowed for messages with role 'user'",
  ],
]

describe.each([
  ['the order of messages', ORDER],
  ['ids and names', IDS_AND_NAMES],
  ['fields', FIELDS],
  ['limits', LIMITS],
  ['tools', TOOLS],
  ['formats and media', FORMATS_AND_MEDIA],
  ['models and vendors', VENDORS],
])('a chat request, %s', (_, cases) => {
  it.each(cases)('refuses %s', async (_sentence, change, message, details = {}) => {
    const answer = await fire(change)
    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatchObject({ type: 'invalid_request_error', ...details })
    expect(errorOf(answer).message).toContain(message)
    expect(upstream.calls.at(-1)?.refused).toContain(message)
  })
})

it.each(MISTRAL)('a chat request to Mistral refuses %s', async (_, change, message) => {
  const answer = await fire({ model: 'mistral-large-latest', ...change })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.json.message).toContain(message)
})

describe('a chat request', () => {
  it('does not find a model that supports Responses only', async () => {
    const answer = await fire({ model: 'gpt-5.3-codex' })
    expect(answer.status).toBe(404)
    expect(errorOf(answer).message).toContain('only supported in v1/responses')
  })

  it('refuses a model that does not exist', async () => {
    const answer = await fire({ model: 'claude-opus-5' })
    expect(answer.status).toBe(404)
    expect(errorOf(answer)).toMatchObject({ code: 'model_not_found' })
  })

  it.each<[string, object]>([
    ['results directly after their calls', talk(calls('a', 'b'), result('b'), result('a'), user)],
    ['results as a list of texts', talk(calls('a'), result('a', [{ type: 'text', text: 'x' }]))],
    ['a real image', image(png)],
    ['null settings', { temperature: null, stop: null, tools: [tool({ strict: null })] }],
    [
      'a named tool',
      { tools: [tool()], tool_choice: { type: 'function', function: { name: 'weather' } } },
    ],
    [
      'a limit of the right name',
      { model: 'gpt-5', max_completion_tokens: 100, reasoning_effort: 'low' },
    ],
    ['the default temperature of a reasoning model', { model: 'o3', temperature: 1 }],
    [
      'developer and system messages',
      talk({ role: 'developer', content: 'a' }, { role: 'system', content: 'b' }),
    ],
    [
      'a freeform tool with a grammar',
      {
        tools: [
          {
            type: 'custom',
            custom: {
              name: 'patch',
              format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
            },
          },
        ],
      },
    ],
    ['a model of another vendor that was announced', { model: 'deepseek-reasoner', max_tokens: 9 }],
  ])('accepts %s', async (_, change) => {
    const answer = await fire(change)
    expect(answer.text).toContain('"object":"chat.completion"')
    expect(answer.status).toBe(200)
  })

  it('accepts the reasoning that it sent itself', async () => {
    upstream.next({ parts: [{ reasoning: 'because' }, { text: 'yes' }] })
    await fire({})
    const replay = { role: 'assistant', content: 'yes', reasoning_content: 'because' }
    expect((await fire(talk(replay, user))).status).toBe(200)
  })

  it('accepts additional message fields if a test names them', async () => {
    const open = await startUpstream({ messageFields: ['reasoning_content'] })
    const replay = { role: 'assistant', content: 'yes', reasoning_content: 'foreign' }
    const answer = await ask(open, PATH, { model: 'gpt-4o', ...talk(replay, user) })
    await open.close()
    expect(answer.status).toBe(200)
  })
})
