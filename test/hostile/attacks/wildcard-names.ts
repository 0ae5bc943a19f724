import type { Attack } from '../attack.ts'

const NAME = 'a'.repeat(60_000)
const PATH_NAME = 'a'.repeat(12_000)
const ORIGIN = `https://${'x.'.repeat(5_000)}`

export const wildcardNames: Attack = {
  name: 'wildcard-names',
  does: 'asks for models and comes from origins with long names that nearly match a pattern',
  seconds: 4,
  run: (field) => {
    const acts = [
      () => field.post('/v1/chat/completions', { model: NAME, messages: [] }),
      () => field.post('/v1/messages', { model: `x${NAME}`, max_tokens: 1, messages: [] }),
      () => field.post('/v1/responses', { model: NAME, input: 'x' }),
      () => field.post('/v1/embeddings', { model: NAME, input: 'x' }),
      () => field.post(`/v1beta/models/${PATH_NAME}:generateContent`, { contents: [] }),
      () => field.get(`/v1/models/${PATH_NAME}`),
      () => field.get('/v1/models', { headers: { origin: ORIGIN } }),
      async () => {
        const socket = await field.socket('/ws')
        socket?.send(JSON.stringify({ id: '1', model: NAME, messages: [] }))
        await field.pause(20)
        socket?.terminate()
      },
    ]
    return field.storm(3, async (turn) => acts[turn % acts.length]?.())
  },
}
