/** Messages requests as agents and SDKs write them; the model is chosen later. */
import { ANSWER_SCHEMA, PDF, PNG, WEATHER_SCHEMA } from './media.ts'

const weather = {
  name: 'get_weather',
  description: 'Tells the weather.',
  input_schema: WEATHER_SCHEMA,
  cache_control: { type: 'ephemeral' },
}
const image = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: PNG },
}

export const MESSAGES_BODIES: readonly Record<string, unknown>[] = [
  { max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] },
  {
    max_tokens: 4096,
    system: [{ type: 'text', text: 'You are brief.', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: '[[say Grüße, 世界 👋]]' }] },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content: 'Go on.' },
    ],
    stream: true,
    temperature: 1,
    stop_sequences: ['END'],
    metadata: { user_id: 'user-1' },
  },
  {
    max_tokens: 8000,
    thinking: { type: 'enabled', budget_tokens: 2000 },
    messages: [{ role: 'user', content: '[[think Let me see.]] [[say done]]' }],
    stream: true,
  },
  {
    max_tokens: 8000,
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: 'low', format: { type: 'json_schema', schema: ANSWER_SCHEMA } },
    messages: [{ role: 'user', content: 'Judge this.' }],
  },
  {
    max_tokens: 1000,
    tools: [weather],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    messages: [{ role: 'user', content: '[[call get_weather {"city":"Rome"}]]' }],
    stream: true,
  },
  {
    max_tokens: 1000,
    tools: [weather, { type: 'web_search_20250305', name: 'web_search', max_uses: 2 }],
    messages: [
      { role: 'user', content: 'Rome and Paris?' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Rome' } },
          { type: 'tool_use', id: 'toolu_2', name: 'get_weather', input: { city: 'Paris' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: '18 degrees' },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_2',
            content: [{ type: 'text', text: 'rain' }, image],
            is_error: true,
          },
          { type: 'text', text: 'And tomorrow?' },
        ],
      },
    ],
  },
  {
    max_tokens: 1000,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?', citations: null },
          image,
          { type: 'image', source: { type: 'url', url: 'https://example.com/cat.png' } },
          {
            type: 'document',
            title: 'a.pdf',
            source: { type: 'base64', media_type: 'application/pdf', data: PDF },
            citations: { enabled: true },
          },
          {
            type: 'document',
            source: { type: 'text', media_type: 'text/plain', data: 'plain words' },
          },
          {
            type: 'search_result',
            source: 'https://example.com',
            title: 'Found',
            content: [{ type: 'text', text: 'words' }],
          },
        ],
      },
    ],
    stream: true,
  },
  {
    max_tokens: 2000,
    thinking: { type: 'enabled', budget_tokens: 1024 },
    tools: [weather],
    messages: [
      { role: 'user', content: 'Rome?' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Let me see.', signature: 'c2lnbmVk' },
          { type: 'redacted_thinking', data: 'aGlkZGVu' },
          { type: 'tool_use', id: 'toolu_3', name: 'get_weather', input: { city: 'Rome' } },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_3', content: [] }],
      },
    ],
    stream: true,
  },
  {
    max_tokens: 1000,
    messages: [
      { role: 'user', content: 'first' },
      {
        role: 'assistant',
        content: [
          // As Sluice itself signs the thoughts of vendors that do not.
          { type: 'thinking', thinking: 'Hm.', signature: 'sluice.openai.chatcmpl-1' },
          { type: 'text', text: 'Yes.' },
        ],
      },
      { role: 'user', content: 'second' },
    ],
    stream: true,
  },
  {
    max_tokens: 1000,
    system: 'You are brief.',
    messages: [
      { role: 'user', content: 'first' },
      { role: 'system', content: 'Be kinder.' },
      { role: 'user', content: 'second' },
      { role: 'assistant', content: [{ type: 'text', text: 'So far:' }] },
    ],
    top_k: 5,
    service_tier: 'auto',
  },
  {
    max_tokens: 1000,
    tools: [weather],
    tool_choice: { type: 'tool', name: 'get_weather' },
    messages: [{ role: 'user', content: 'Rome!' }],
    stream: true,
  },
  {
    max_tokens: 100,
    messages: [{ role: 'user', content: '[[say one two three]] [[error 2]]' }],
    stream: true,
  },
  {
    max_tokens: 100,
    messages: [{ role: 'user', content: '[[say one two three]] [[cut 2]]' }],
    stream: true,
  },
  {
    max_tokens: 100,
    messages: [{ role: 'user', content: '[[garble 2]] [[say one two]]' }],
    stream: true,
  },
  { max_tokens: 100, messages: [{ role: 'user', content: '[[status 529]] retry?' }] },
]

/** A count is asked for without a bound on the answer. */
export const COUNT_BODIES: readonly Record<string, unknown>[] = MESSAGES_BODIES.map(
  ({ system, thinking, tools, tool_choice, messages }) =>
    Object.fromEntries(
      Object.entries({ system, thinking, tools, tool_choice, messages }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
)
