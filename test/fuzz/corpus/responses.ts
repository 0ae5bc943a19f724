/** Responses requests as Codex and the SDKs write them; the model is chosen later. */
import { ANSWER_SCHEMA, PNG, WEATHER_SCHEMA } from './media.ts'

const weather = { type: 'function', name: 'get_weather', parameters: WEATHER_SCHEMA, strict: false }

export const RESPONSES_BODIES: readonly Record<string, unknown>[] = [
  { input: 'hello' },
  {
    instructions: 'You are brief.',
    input: [
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be kind.' }] },
      { role: 'user', content: [{ type: 'input_text', text: '[[think Hm.]] [[say Grüße 👋]]' }] },
    ],
    stream: true,
    store: false,
    include: ['reasoning.encrypted_content'],
    reasoning: { effort: 'low', summary: 'auto' },
    prompt_cache_key: 'thread-1',
  },
  {
    input: [{ role: 'user', content: '[[call get_weather {"city":"Rome"}]]' }],
    tools: [
      weather,
      {
        type: 'custom',
        name: 'apply_patch',
        format: { type: 'grammar', syntax: 'lark', definition: 'start: /.+/' },
      },
      { type: 'web_search' },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: false,
    stream: true,
  },
  {
    input: [
      { role: 'user', content: 'Rome?' },
      { type: 'reasoning', summary: [], encrypted_content: null },
      { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"R"}' },
      { type: 'function_call_output', call_id: 'call_1', output: '18 degrees' },
    ],
    tools: [weather],
  },
  {
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'What is this?' },
          { type: 'input_image', image_url: `data:image/png;base64,${PNG}`, detail: 'auto' },
        ],
      },
    ],
    text: {
      format: { type: 'json_schema', name: 'verdict', schema: ANSWER_SCHEMA, strict: true },
      verbosity: 'low',
    },
    max_output_tokens: 500,
    metadata: { job: 'nightly' },
  },
  {
    input: [
      { role: 'user', content: 'first' },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Yes.', annotations: [] }],
      },
      { role: 'user', content: '[[refuse I cannot.]]' },
    ],
    stream: true,
    truncation: 'disabled',
  },
  { input: '[[say one two three]] [[error 3]]', stream: true },
  { input: '[[say one two three]] [[cut 3]]', stream: true },
  { input: '[[status 500]] retry?' },
]

/** A count is asked for without a word on the answer. */
export const INPUT_TOKENS_BODIES: readonly Record<string, unknown>[] = RESPONSES_BODIES.map(
  ({ instructions, input, tools, tool_choice, reasoning, text }) =>
    Object.fromEntries(
      Object.entries({ instructions, input, tools, tool_choice, reasoning, text }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
)

/** What somebody comes back for. */
export const BACKGROUND_BODIES: readonly Record<string, unknown>[] = RESPONSES_BODIES.flatMap(
  (body) => [
    { ...body, store: true, background: true, stream: false },
    { ...body, store: true, background: true, stream: true },
  ],
)

const summary = (text: string) => ({
  type: 'compaction',
  id: 'cmp_1',
  encrypted_content: `sluice.summary.${Buffer.from(text).toString('base64url')}`,
})

export const COMPACT_BODIES: readonly Record<string, unknown>[] = [
  ...INPUT_TOKENS_BODIES,
  { instructions: 'You are brief.', input: 'hello', service_tier: null },
  { input: [summary('Grüße 👋'), { role: 'user', content: 'Go on.' }] },
  {
    input: [
      { role: 'user', content: 'hello' },
      { type: 'compaction', encrypted_content: 'sluice.summary.' },
      { role: 'user', content: 'again' },
      summary('x'.repeat(3000)),
      { type: 'compaction_trigger' },
    ],
  },
]
