/** What Anthropic refuses of a Messages request, fired at the scripted upstream one by one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANTHROPIC_HEADERS, ask, errorOf } from '../ask.ts'
import { TINY_PNG } from '../requests/images.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

const PATH = '/v1/messages?beta=true'
const user = { role: 'user', content: 'hello' }
const text = (words: string) => ({ type: 'text', text: words })
const schema = { type: 'object', properties: { city: { type: 'string' } } }
const tool = (definition: object = {}) => ({ name: 'weather', input_schema: schema, ...definition })
const use = (id: string) => ({ type: 'tool_use', id, name: 'weather', input: {} })
const uses = (...ids: string[]) => ({ role: 'assistant', content: ids.map(use) })
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'sunny' })
const results = (...ids: string[]) => ({ role: 'user', content: ids.map(result) })
const talk = (...messages: object[]) => ({ messages: [user, ...messages] })
const says = (...content: object[]) => ({ messages: [{ role: 'user', content }] })
const enabled = (budget: number) => ({
  max_tokens: 4096,
  thinking: { type: 'enabled', budget_tokens: budget },
})
const image = (mediaType: string, data: string) =>
  says({ type: 'image', source: { type: 'base64', media_type: mediaType, data } })
const NEWEST = 'claude-opus-5-5'
const cached = { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }
const format = (given: object) => ({
  output_config: { format: { type: 'json_schema', schema: given } },
})

const fire = (change: object, headers: Record<string, string> = {}) =>
  ask(
    upstream,
    PATH,
    { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [user], ...change },
    { ...ANTHROPIC_HEADERS, ...headers },
  )

type Case = [sentence: string, change: object, message: string]

const ORDER: Case[] = [
  [
    'a tool result that answers no call',
    talk(results('toolu_1')),
    'messages.1.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1.',
  ],
  [
    'a call without its result',
    talk(uses('a', 'b'), results('a')),
    'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: b.',
  ],
  [
    'a tool result that does not directly follow its call',
    talk(uses('a'), user, { role: 'assistant', content: 'hm' }, results('a')),
    '`tool_use` ids were found without `tool_result` blocks immediately after: a.',
  ],
  [
    'a tool result behind a text',
    talk(uses('a'), { role: 'user', content: [text('here'), result('a')] }),
    '`tool_use` ids were found without `tool_result` blocks immediately after: a.',
  ],
  [
    'a system message between a call and its result',
    talk(uses('a'), { role: 'system', content: 'note' }, results('a')),
    '`tool_use` ids were found without `tool_result` blocks immediately after: a.',
  ],
  [
    'two results for one call',
    talk(uses('a'), results('a', 'a')),
    'each tool_use must have a single result. Found multiple `tool_result` blocks with id: a',
  ],
  ['two calls with one id', talk(uses('a', 'a'), results('a')), '`tool_use` ids must be unique'],
  [
    'an assistant message at the beginning',
    { messages: [{ role: 'assistant', content: 'hi' }, user] },
    'messages: first message must use the "user" role',
  ],
  [
    'a system message at the beginning',
    { messages: [{ role: 'system', content: 'be kind' }, user] },
    'messages: Unexpected role "system".',
  ],
  [
    'a system message for a model that knows none in a conversation',
    { model: 'claude-opus-4-6', ...talk({ role: 'system', content: 'note' }) },
    "role 'system' is not supported on this model",
  ],
  [
    'a system message behind the model’s',
    {
      model: NEWEST,
      ...talk({ role: 'assistant', content: 'hm' }, { role: 'system', content: 'x' }),
    },
    "messages.2: role 'system' must directly follow a user message",
  ],
  [
    'a system message before the user’s',
    { model: NEWEST, ...talk({ role: 'system', content: 'x' }, user) },
    "messages.1: role 'system' must directly follow a user message",
  ],
  [
    'a role it does not know',
    talk({ role: 'tool', content: 'x' }),
    'messages.1.role: Input should be',
  ],
  [
    'a tool call by the user',
    says(use('a')),
    '`tool_use` blocks can only be in `assistant` messages',
  ],
  [
    'white space at the end of what the assistant began',
    talk({ role: 'assistant', content: 'The answer is ' }),
    'messages: final assistant content cannot end with trailing whitespace',
  ],
  [
    'a begun answer for a model that begins its own',
    { model: 'claude-opus-4-6', ...talk({ role: 'assistant', content: 'The' }) },
    'This model does not support assistant message prefill.',
  ],
]

const FIELDS: Case[] = [
  ['no max_tokens', { max_tokens: undefined }, 'max_tokens: Field required'],
  ['no messages', { messages: undefined }, 'messages: Field required'],
  ['an empty list of messages', { messages: [] }, 'messages: at least one message is required'],
  ['an unknown field at the top', { n: 1 }, 'n: Extra inputs are not permitted'],
  [
    'an unknown field in a message',
    talk({ ...user, name: 'bob' }),
    'messages.1.name: Extra inputs are not permitted',
  ],
  [
    'an unknown field in a block',
    talk({ role: 'assistant', content: [{ ...use('a'), index: 0 }] }, results('a')),
    'messages.1.content.0.tool_use.index: Extra inputs are not permitted',
  ],
  [
    'an unknown kind of block',
    says({ type: 'image_url', image_url: {} }),
    "messages.0.content.0: Input tag 'image_url' found using 'type' does not match any of the expected tags",
  ],
  [
    'a beta field without any beta',
    { context_management: { edits: [] } },
    'context_management: Extra inputs are not permitted',
  ],
  [
    'a tool call id with a dot',
    talk(uses('call.1'), results('call.1')),
    "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
  ],
  [
    'tool input that is no object',
    talk({ role: 'assistant', content: [{ ...use('a'), input: '{}' }] }, results('a')),
    'messages.1.content.0.tool_use.input: Input should be a valid dictionary',
  ],
  ['an empty text block', says(text('')), 'messages: text content blocks must be non-empty'],
  [
    'a text block of white space',
    says(text(' \n')),
    'messages: text content blocks must contain non-whitespace text',
  ],
  [
    'an empty system block',
    { system: [text('')] },
    'system: text content blocks must be non-empty',
  ],
  [
    'an empty text in a tool result',
    talk(uses('a'), {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'a', content: [text('')] }],
    }),
    'messages: text content blocks must be non-empty',
  ],
  [
    'an empty message',
    { messages: [{ role: 'user', content: '' }] },
    'messages.0: user messages must have non-empty content',
  ],
  [
    'a cache mark on an empty text',
    says({ ...cached, text: '' }),
    'cache_control cannot be set for empty text blocks',
  ],
  [
    'five cache marks',
    says(cached, cached, cached, cached, cached),
    'A maximum of 4 blocks with cache_control may be provided. Found 5.',
  ],
]

const LIMITS: Case[] = [
  [
    'a temperature above 1',
    { temperature: 1.5 },
    'temperature: Input should be less than or equal to 1',
  ],
  [
    'more tokens than the model can write',
    { max_tokens: 128_000 },
    'max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-4-5',
  ],
  [
    'a thinking budget below 1024',
    enabled(1000),
    'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
  ],
  [
    'a thinking budget that leaves nothing to say',
    enabled(4096),
    '`max_tokens` must be greater than `thinking.budget_tokens`.',
  ],
  [
    'a temperature while thinking',
    { ...enabled(2000), temperature: 0.5 },
    '`temperature` may only be set to 1 when thinking is enabled.',
  ],
  ['top_k while thinking', { ...enabled(2000), top_k: 5 }, '`top_k` must be unset'],
  [
    'a forced tool while thinking',
    { ...enabled(2000), tools: [tool()], tool_choice: { type: 'any' } },
    'Thinking may not be enabled when tool_choice forces tool use.',
  ],
  [
    'adaptive thinking for an older model',
    { thinking: { type: 'adaptive' } },
    'adaptive thinking is not supported on this model',
  ],
  [
    'a thinking budget for a newer model',
    { model: 'claude-opus-5', ...enabled(2000) },
    '"thinking.type.enabled" is not supported for this model.',
  ],
  [
    'thinking switched off for the newest',
    { model: NEWEST, thinking: { type: 'disabled' } },
    '"thinking.type.disabled" is not supported for this model.',
  ],
  [
    'an effort that came later',
    { model: 'claude-opus-4-6', output_config: { effort: 'xhigh' } },
    "output_config.effort: 'xhigh' is not supported on this model",
  ],
  [
    'a temperature for a newer model',
    { model: 'claude-opus-5', temperature: 0.5 },
    '`temperature` is deprecated for this model.',
  ],
  [
    'effort for an older model',
    { output_config: { effort: 'low' } },
    'This model does not support the effort parameter.',
  ],
]

const TOOLS: Case[] = [
  [
    'a tool name past 64 characters',
    { tools: [tool({ name: 'n'.repeat(65) })] },
    "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
  ],
  ['a tool name with a dot', { tools: [tool({ name: 'a.b' })] }, 'tools.0.custom.name'],
  ['two tools of one name', { tools: [tool(), tool()] }, 'tools: Tool names must be unique.'],
  [
    'a tool schema that is no object',
    { tools: [tool({ input_schema: { type: 'string' } })] },
    "tools.0.custom.input_schema.type: Input should be 'object'",
  ],
  [
    'a tool schema of an unknown type',
    { tools: [tool({ input_schema: { type: 'object', properties: { a: { type: 'text' } } } })] },
    'tools.0.custom.input_schema: JSON schema is invalid.',
  ],
  [
    'a union at the top of a tool schema',
    { tools: [tool({ input_schema: { ...schema, anyOf: [] } })] },
    'input_schema does not support oneOf, allOf, or anyOf at the top level',
  ],
  [
    'a tool of the other vendor',
    { tools: [{ type: 'function', function: {} }] },
    "Input tag 'function'",
  ],
  [
    'tool_choice without tools',
    { tool_choice: { type: 'auto' } },
    'tool_choice may only be specified while providing tools',
  ],
  [
    'a tool_choice that names an absent tool',
    { tools: [tool()], tool_choice: { type: 'tool', name: 'other' } },
    "Tool 'other' not found in provided tools",
  ],
  [
    'an open schema as the format of the answer',
    format(schema),
    "For 'object' type, 'additionalProperties' must be explicitly set to false",
  ],
]

const MEDIA: Case[] = [
  ['an image in broken base64', image('image/png', '%%%'), 'Invalid base64 data'],
  ['an image of unknown bytes', image('image/png', 'aGVsbG8='), 'Could not process image'],
  [
    'an image under a wrong name',
    image('image/jpeg', TINY_PNG),
    'specified using the image/jpeg media type, but the image appears to be a image/png image',
  ],
  [
    'an image of a kind it cannot see',
    image('image/svg+xml', TINY_PNG),
    "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
  ],
  [
    'a document that is no PDF',
    says({
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'aGVsbG8=' },
    }),
    'The PDF specified was not valid.',
  ],
]

describe.each([
  ['the order of messages', ORDER],
  ['fields', FIELDS],
  ['limits', LIMITS],
  ['tools', TOOLS],
  ['media', MEDIA],
])('a Messages request, %s', (_, cases) => {
  it.each(cases)('refuses %s', async (_sentence, change, message) => {
    const answer = await fire(change)
    expect(answer.json).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error' },
      request_id: answer.headers.get('request-id'),
    })
    expect(errorOf(answer).message).toContain(message)
    expect(answer.status).toBe(400)
  })
})

/** What coding agents send, all in one request. */
const agentRequest = {
  model: 'claude-opus-5',
  max_tokens: 64_000,
  system: [
    text('x-anthropic-billing-header: cc_version=2.1'),
    { ...cached, text: 'You are an agent.', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ],
  metadata: { user_id: '{"device_id":"d","session_id":"s"}' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  thinking: { type: 'adaptive', display: 'omitted' },
  output_config: { effort: 'high' },
  tools: [
    tool({ defer_loading: true, eager_input_streaming: true, cache_control: null }),
    { type: 'web_search_20250305', name: 'web_search', max_uses: 8 },
    { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' },
  ],
  messages: [
    user,
    user,
    { role: 'system', content: 'a reminder', output_config: { effort: 'low' } },
    uses('toolu_1', 'toolu_2'),
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          is_error: false,
          content: [
            { type: 'tool_reference', tool_name: 'weather' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: TINY_PNG } },
            {
              type: 'document',
              source: {
                type: 'base64',
                media_type: 'application/pdf',
                data: Buffer.from('%PDF-1.4').toString('base64'),
              },
            },
          ],
        },
        { ...result('toolu_2'), cache_control: { type: 'ephemeral' } },
        text('and go on'),
      ],
    },
    { role: 'system', content: [text('another reminder')] },
  ],
}

describe('a Messages request', () => {
  it.each([
    ['no version', { 'anthropic-version': '' }, 400, 'is not a valid version'],
    [
      'a version it does not know',
      { 'anthropic-version': '2020-01-01' },
      400,
      'is not a valid version',
    ],
  ])('refuses %s', async (_, headers, status, message) => {
    const answer = await fire({}, headers)
    expect(answer.status).toBe(status)
    expect(errorOf(answer).message).toContain(message)
  })

  it('refuses a request without the version header', async () => {
    const { 'anthropic-version': _version, ...headers } = ANTHROPIC_HEADERS
    const answer = await ask(upstream, PATH, {}, headers)
    expect(errorOf(answer).message).toBe('anthropic-version: header is required')
  })

  it('refuses a model that does not exist', async () => {
    const answer = await fire({ model: 'gpt-4o' })
    expect(answer.status).toBe(404)
    expect(errorOf(answer)).toEqual({ type: 'not_found_error', message: 'model: gpt-4o' })
  })

  it('accepts what a coding agent sends', async () => {
    const answer = await ask(upstream, PATH, agentRequest, {
      ...ANTHROPIC_HEADERS,
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'claude-code-20250219,context-management-2025-06-27',
    })
    expect(errorOf(answer)).toEqual({})
    expect(answer.status).toBe(200)
  })

  it.each<[string, object]>([
    [
      'results first, then more words',
      talk(uses('a'), { role: 'user', content: [result('a'), text('so?')] }),
    ],
    ['results in two consecutive user messages', talk(uses('a', 'b'), results('a'), results('b'))],
    ['a begun answer', talk({ role: 'assistant', content: 'The answer is' })],
    ['a closed schema', format({ ...schema, additionalProperties: false })],
    ['a temperature of 1', { temperature: 1 }],
    ['a budget within the limit', enabled(2000)],
    ['an image by URL', says({ type: 'image', source: { type: 'url', url: 'https://a.b/c.png' } })],
  ])('accepts %s', async (_, change) => {
    const answer = await fire(change)
    expect(errorOf(answer)).toEqual({})
    expect(answer.status).toBe(200)
  })
})

const count = (body: object) => ask(upstream, '/v1/messages/count_tokens?beta=true', body)

describe('counting tokens', () => {
  it('needs no max_tokens', async () => {
    const answer = await count({ model: 'claude-opus-5', messages: [user] })
    expect(answer.status).toBe(200)
    expect(answer.json.input_tokens).toBeGreaterThan(0)
  })

  it('refuses max_tokens and broken conversations', async () => {
    const body = { model: 'claude-opus-5', messages: [user] }
    expect(errorOf(await count({ ...body, max_tokens: 5 })).message).toBe(
      'max_tokens: Extra inputs are not permitted',
    )
    expect((await count({ ...body, ...talk(results('a')) })).status).toBe(400)
  })
})
