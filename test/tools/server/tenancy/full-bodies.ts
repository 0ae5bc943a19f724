/** A request of each protocol with a value in every kind of place, for a model that is asked in another protocol. */
import { CHAT, CLAUDE, GPT, MESSAGES, RESPONSES } from '../../app/asks.ts'

const TOOL = { name: 'look', description: 'looks', parameters: { type: 'object', properties: {} } }
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const CHAT_FULL = {
  messages: [
    { role: 'system', content: 'be kind' },
    {
      role: 'user',
      name: 'ann',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}`, detail: 'low' } },
        {
          type: 'file',
          file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' },
        },
      ],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'nothing' },
  ],
  tools: [{ type: 'function', function: TOOL }],
  tool_choice: { type: 'function', function: { name: 'look' } },
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } },
  stop: ['end'],
  temperature: 1,
  max_tokens: 10,
  user: 'ann',
  metadata: { a: 'b' },
}
const MESSAGES_FULL = {
  max_tokens: 10,
  system: [{ type: 'text', text: 'be kind' }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
        {
          type: 'document',
          title: 'a',
          source: { type: 'text', media_type: 'text/plain', data: 'x' },
        },
      ],
    },
    {
      role: 'assistant',
      content: [{ type: 'tool_use', id: 't1', name: 'look', input: { a: 'b' } }],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'nothing' }] },
  ],
  tools: [{ name: 'look', description: 'looks', input_schema: { type: 'object' } }],
  tool_choice: { type: 'tool', name: 'look' },
  stop_sequences: ['end'],
  metadata: { user_id: 'ann' },
}
const RESPONSES_FULL = {
  instructions: 'be kind',
  input: [
    { role: 'user', content: [{ type: 'input_text', text: 'look' }] },
    { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c1', output: 'nothing' },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
  ],
  tools: [{ type: 'function', ...TOOL }],
  tool_choice: { type: 'function', name: 'look' },
  text: { format: { type: 'text' } },
  reasoning: { effort: 'low' },
  metadata: { a: 'b' },
}
const GEMINI_FULL = {
  systemInstruction: { parts: [{ text: 'be kind' }] },
  contents: [
    {
      role: 'user',
      parts: [{ text: 'look' }, { inlineData: { mimeType: 'image/png', data: PNG } }],
    },
    { role: 'model', parts: [{ functionCall: { name: 'look', args: { a: 'b' } } }] },
    { role: 'user', parts: [{ functionResponse: { name: 'look', response: { a: 'b' } } }] },
  ],
  tools: [{ functionDeclarations: [TOOL] }],
  toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['look'] } },
  generationConfig: { stopSequences: ['end'], responseMimeType: 'text/plain' },
}

export const FULL_BODIES: readonly (readonly [string, object])[] = [
  [CHAT, { model: CLAUDE, ...CHAT_FULL }],
  [CHAT, { model: 'demo/echo', ...CHAT_FULL }],
  [MESSAGES, { model: GPT, ...MESSAGES_FULL }],
  [`${MESSAGES}/count_tokens`, { model: GPT, ...MESSAGES_FULL }],
  [RESPONSES, { model: CLAUDE, ...RESPONSES_FULL }],
  [`${RESPONSES}/input_tokens`, { model: CLAUDE, ...RESPONSES_FULL }],
  [`${RESPONSES}/compact`, { model: CLAUDE, ...RESPONSES_FULL }],
  ['/v1/completions', { model: CLAUDE, prompt: 'look', suffix: 'x', stop: ['end'], user: 'ann' }],
  ['/v1/embeddings', { model: 'gemini-embedding-001', input: ['look'], encoding_format: 'float' }],
  [`/v1beta/models/${CLAUDE}:generateContent`, GEMINI_FULL],
  [`/v1beta/models/${CLAUDE}:countTokens`, { contents: GEMINI_FULL.contents }],
  ['/v1beta/models/text-embedding-3-small:embedContent', { content: { parts: [{ text: 'x' }] } }],
]
