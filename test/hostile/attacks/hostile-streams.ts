/** Streams of the hostile upstream, asked for in every way that reads them in its own manner. */
import type { Field } from '../field.ts'

const CHAT = { messages: [{ role: 'user', content: 'hello' }], stream: true }
const VERSION = { 'anthropic-version': '2023-06-01' }

type Way = (field: Field, model: string) => Promise<unknown>

/** Relayed, relayed with usage asked for, translated, as completions. */
export const WAYS: readonly Way[] = [
  (field, model) => field.post('/v1/chat/completions', { ...CHAT, model: `hostile/${model}` }),
  (field, model) =>
    field.post('/v1/chat/completions', { ...CHAT, model: `hostile-counted/${model}` }),
  (field, model) =>
    field.post(
      '/v1/messages',
      { ...CHAT, max_tokens: 64, model: `hostile/${model}` },
      { headers: VERSION },
    ),
  (field, model) =>
    field.post('/v1/completions', {
      model: `hostile-counted/${model}`,
      prompt: 'hello',
      stream: true,
    }),
  (field, model) =>
    field.post('/v1/responses', {
      model: `hostile-messages/${model}`,
      input: 'hello',
      stream: true,
    }),
  (field, model) =>
    field.post('/v1/messages', { ...CHAT, max_tokens: 64, model: `hostile-messages/${model}` }),
  (field, model) =>
    field.post(`/v1beta/models/hostile-gemini%2F${model}:streamGenerateContent?alt=sse`, {
      contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
    }),
]

/** Every way in turn, so many at once. */
export const askEveryWay = (field: Field, model: string, atOnce: number) =>
  field.storm(atOnce, async (turn) => WAYS[turn % WAYS.length]?.(field, model))
