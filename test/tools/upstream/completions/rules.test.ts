/** What OpenAI refuses of a request for a completion, fired at the scripted upstream one by one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, errorOf, OPENAI_HEADERS } from '../ask.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream({ models: ['my-coder'] })
})
afterAll(() => upstream.close())

const fire = (change: object) =>
  ask(upstream, '/v1/completions', {
    model: 'gpt-3.5-turbo-instruct',
    prompt: 'def add',
    ...change,
  })

describe('a request for a completion', () => {
  it.each<[string, object, string, string?]>([
    ['an unknown field', { messages: [] }, "Unknown parameter: 'messages'.", 'messages'],
    ['no prompt', { prompt: undefined }, "Missing required parameter: 'prompt'.", 'prompt'],
    ['an empty list of prompts', { prompt: [] }, "Invalid 'prompt': empty array.", 'prompt'],
    ['a prompt that is an object', { prompt: {} }, "Invalid type for 'prompt'", 'prompt'],
    ['a prompt of two kinds', { prompt: ['a', 1] }, "Invalid type for 'prompt[1]'", 'prompt[1]'],
    ['tokens that are no numbers', { prompt: [[1, 'a']] }, "'prompt[0][1]'", 'prompt[0][1]'],
    ['a negative token', { prompt: [-1] }, "'prompt[0]'", 'prompt[0]'],
    ['a suffix that is a list', { suffix: ['a'] }, "Invalid type for 'suffix'", 'suffix'],
    [
      'a suffix that its model does not know',
      { model: 'davinci-002', suffix: '}' },
      "This model does not support the 'suffix' parameter.",
      'suffix',
    ],
    [
      'a suffix with an echo',
      { suffix: '}', echo: true },
      "'suffix' cannot be used together with 'echo'.",
      'suffix',
    ],
    ['too many logprobs', { logprobs: 6 }, "Invalid 'logprobs': integer above maximum", 'logprobs'],
    ['too hot a temperature', { temperature: 3 }, "Invalid 'temperature'", 'temperature'],
    ['too many tries', { best_of: 21 }, "Invalid 'best_of'", 'best_of'],
    ['fewer tries than choices', { n: 2, best_of: 1 }, "'best_of' must be at least 'n'", 'best_of'],
    ['tries in a stream', { best_of: 2, stream: true }, "'best_of' must be equal", 'best_of'],
    ['five stops', { stop: [...'abcde'] }, "Invalid 'stop': array too long.", 'stop'],
    [
      'stream options without a stream',
      { stream_options: { include_usage: true } },
      "only allowed when 'stream' is enabled",
      'stream_options',
    ],
    ['the limit of chat', { max_completion_tokens: 9 }, 'Unknown parameter'],
    ['tools', { tools: [] }, 'Unknown parameter'],
  ])('is refused with %s', async (_, change, message, param) => {
    const answer = await fire(change)
    expect(errorOf(answer).message).toContain(message)
    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatchObject({
      type: 'invalid_request_error',
      ...(param !== undefined && { param }),
    })
  })

  it('is refused for a chat model, and for one that does not exist', async () => {
    const chat = await fire({ model: 'gpt-4o' })
    expect(chat.status).toBe(404)
    expect(errorOf(chat).message).toContain('not supported in the v1/completions endpoint')
    const none = await fire({ model: 'claude-opus-5' })
    expect(none.status).toBe(404)
    expect(errorOf(none).code).toBe('model_not_found')
  })

  it('is refused without its key, and by another method', async () => {
    const bare = await ask(upstream, '/v1/completions', {}, {})
    expect(bare.status).toBe(401)
    const read = await fetch(`${upstream.url}/v1/completions`, { headers: OPENAI_HEADERS })
    expect(read.status).toBe(405)
  })

  it.each<[string, object]>([
    ['nulls', { suffix: null, stop: null, n: null, stream: null, max_tokens: null }],
    ['no prompt but null', { prompt: null }],
    ['tokens', { prompt: [1, 2, 3] }],
    ['rows of tokens', { prompt: [[1], [2, 3]] }],
    ['a model that a test names', { model: 'my-coder', suffix: '}' }],
  ])('may have %s', async (_, change) => {
    expect((await fire(change)).status).toBe(200)
  })
})
