/** Chat requests as agents and SDKs write them; the model is chosen later. */
import { ANSWER_SCHEMA, PDF, PNG, WEATHER_SCHEMA } from './media.ts'

const weather = {
  type: 'function',
  function: { name: 'get_weather', description: 'Tells the weather.', parameters: WEATHER_SCHEMA },
}
const patch = {
  type: 'custom',
  custom: {
    name: 'apply_patch',
    description: 'Edits files.',
    format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: /.+/' } },
  },
}
const call = (id: string, city: string) => ({
  id,
  type: 'function',
  function: { name: 'get_weather', arguments: JSON.stringify({ city }) },
})

export const CHAT_BODIES: readonly Record<string, unknown>[] = [
  { messages: [{ role: 'user', content: 'hello' }] },
  {
    messages: [
      { role: 'system', content: 'You are brief.' },
      { role: 'user', content: '[[think Let me see.]] [[say Grüße, 世界 👋]]', name: 'ann' },
    ],
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0.3,
    top_p: 0.9,
    stop: ['\n\n', 'END'],
    max_tokens: 200,
    user: 'user-1',
  },
  {
    messages: [
      { role: 'developer', content: [{ type: 'text', text: 'Use tools.' }] },
      { role: 'user', content: '[[call get_weather {"city":"Rome"}]]' },
    ],
    tools: [weather, patch],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    stream: true,
  },
  {
    messages: [
      { role: 'user', content: 'Rome and Paris?' },
      {
        role: 'assistant',
        content: 'I look.',
        tool_calls: [call('call_1', 'Rome'), call('call_2', 'Paris')],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '18 degrees' },
      { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: 'rain' }] },
      { role: 'assistant', content: 'Warm, and wet.' },
      { role: 'user', content: 'And tomorrow?' },
    ],
    tools: [weather],
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
  },
  {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}`, detail: 'low' } },
          { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
          {
            type: 'file',
            file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` },
          },
        ],
      },
    ],
    stream: true,
  },
  {
    messages: [{ role: 'user', content: 'Judge this.' }],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'verdict', strict: true, schema: ANSWER_SCHEMA },
    },
    seed: 7,
    metadata: { job: 'nightly' },
  },
  {
    messages: [
      { role: 'user', content: '[[custom apply_patch *** Begin Patch]]' },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'A patch is wanted.',
        tool_calls: [
          { id: 'call_9', type: 'custom', custom: { name: 'apply_patch', input: '*** Begin' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_9', content: 'Done.' },
    ],
    tools: [patch],
    reasoning_effort: 'low',
    stream: true,
  },
  {
    messages: [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
      { role: 'system', content: 'Be kinder.' },
      { role: 'user', content: '[[refuse I cannot.]]' },
    ],
    n: 1,
    logprobs: false,
    presence_penalty: 0.1,
    logit_bias: { 50256: -100 },
    response_format: { type: 'text' },
    stream: false,
  },
  {
    messages: [
      { role: 'user', content: 'first' },
      {
        role: 'assistant',
        content: 'Yes.',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm.', signature: 'c2lnbmVk', index: 0 },
          { type: 'reasoning.encrypted', data: 'aGlkZGVu', index: 1 },
        ],
      },
      { role: 'user', content: 'second' },
    ],
    stream: true,
    stream_options: { include_usage: false },
  },
  { messages: [{ role: 'user', content: '[[say one two three]] [[error 2]]' }], stream: true },
  { messages: [{ role: 'user', content: '[[say one two three]] [[cut 2]]' }], stream: true },
  { messages: [{ role: 'user', content: '[[garble 2]] [[say one two]]' }], stream: true },
  { messages: [{ role: 'user', content: '[[status 503]] retry?' }] },
  { messages: [{ role: 'user', content: '[[html 502]]' }], stream: true },
]
