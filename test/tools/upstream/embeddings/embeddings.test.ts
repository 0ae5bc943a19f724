/** OpenAI's embeddings: what is refused, and what the answers hold. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkEmbeddings } from '../../checkers/index.ts'
import { ask, errorOf } from '../ask.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream({ models: ['my-embedder'] })
})
afterAll(() => upstream.close())

const model = 'text-embedding-3-small'

const fire = (input: unknown, change: object = {}) =>
  ask(upstream, '/v1/embeddings', { model, input, ...change })

const embeddingsOf = (json: object) =>
  (json as { data: { embedding: number[] | string }[] }).data.map(({ embedding }) => embedding)

const many = (count: number, text: string) => Array.from({ length: count }, () => text)

describe('a request for embeddings', () => {
  it.each<[string, unknown, object, string, string?]>([
    ['an unknown field', 'a', { prompt: 'a' }, "Unknown parameter: 'prompt'.", 'prompt'],
    ['no input', undefined, {}, "Missing required parameter: 'input'.", 'input'],
    ['an empty text', '', {}, 'input cannot be an empty string', 'input'],
    ['an empty text in a list', ['a', ''], {}, 'input cannot be an empty string', 'input'],
    ['an empty list', [], {}, "Invalid 'input': empty array.", 'input'],
    ['an empty row of tokens', [[]], {}, "Invalid 'input[0]': empty array.", 'input[0]'],
    ['null', null, {}, "Invalid type for 'input'", 'input'],
    ['objects', [{ text: 'a' }], {}, "Invalid type for 'input[0]'", 'input[0]'],
    ['inputs of two kinds', ['a', [1]], {}, "Invalid type for 'input[1]'", 'input[1]'],
    ['halves of tokens', [0.5], {}, "Invalid type for 'input[0]'", 'input[0]'],
    ['2049 inputs', many(2049, 'a'), {}, 'Expected an array with maximum length 2048', 'input'],
    ['a text beyond the context', 'word '.repeat(8000), {}, 'maximum context length is 8192'],
    ['tokens beyond the context', many(8193, 'a').map(() => 1), {}, 'maximum context length'],
    [
      'more tokens in all than it takes',
      many(100, 'word '.repeat(3000)),
      {},
      'maximum request size is 300000 tokens per request',
      'input',
    ],
    [
      'another encoding',
      'a',
      { encoding_format: 'hex' },
      "Invalid value: 'hex'.",
      'encoding_format',
    ],
    ['no dimension', 'a', { dimensions: 0 }, "Invalid 'dimensions'", 'dimensions'],
    ['too many dimensions', 'a', { dimensions: 1537 }, 'less than or equal to 1536', 'dimensions'],
    [
      'dimensions of an old model',
      'a',
      { model: 'text-embedding-ada-002', dimensions: 8 },
      'This model does not support specifying dimensions.',
      'dimensions',
    ],
  ])('is refused with %s', async (_, input, change, message, param) => {
    const answer = await fire(input, change)
    expect(errorOf(answer).message).toContain(message)
    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatchObject({
      type: 'invalid_request_error',
      ...(param !== undefined && { param }),
    })
  })

  it('is refused for a model that does not embed', async () => {
    const answer = await fire('a', { model: 'gpt-4o' })
    expect(answer.status).toBe(404)
    expect(errorOf(answer).code).toBe('model_not_found')
  })

  it('is refused without its key', async () => {
    expect((await ask(upstream, '/v1/embeddings', {}, {})).status).toBe(401)
  })
})

describe('embeddings', () => {
  it.each<[string, unknown, number]>([
    ['a text', 'hello', 1],
    ['texts', ['a', 'b', 'c'], 3],
    ['tokens', [1, 2, 3], 1],
    ['rows of tokens', [[1], [2, 3]], 2],
    ['as many inputs as are allowed', many(2048, 'a'), 2048],
  ])('are of %s', async (_, input, inputs) => {
    const { json } = await fire(input, { dimensions: 4 })
    expect(checkEmbeddings(json, { model, inputs, dimensions: 4, format: 'float' })).toEqual([])
  })

  it('have the length of their model', async () => {
    expect(checkEmbeddings((await fire('a')).json, { dimensions: 1536 })).toEqual([])
    const large = await fire('a', { model: 'text-embedding-3-large' })
    expect(checkEmbeddings(large.json, { dimensions: 3072 })).toEqual([])
    const mine = await fire('a', { model: 'my-embedder' })
    expect(checkEmbeddings(mine.json, { model: 'my-embedder' })).toEqual([])
  })

  it('are the same numbers in base64', async () => {
    const plain = await fire(['a', 'b'], { dimensions: 4 })
    const packed = await fire(['a', 'b'], { dimensions: 4, encoding_format: 'base64' })
    expect(checkEmbeddings(packed.json, { inputs: 2, dimensions: 4, format: 'base64' })).toEqual([])
    const numbers = embeddingsOf(packed.json).map((text) => {
      const bytes = Buffer.from(String(text), 'base64')
      return [0, 4, 8, 12].map((place) => bytes.readFloatLE(place))
    })
    expect(numbers).toEqual(embeddingsOf(plain.json))
  })

  it('differ by their text', async () => {
    const [one, two, again] = embeddingsOf((await fire(['a', 'b', 'a'])).json)
    expect(one).not.toEqual(two)
    expect(one).toEqual(again)
  })

  it('fail as their text directs', async () => {
    expect((await fire('[[status 503]]')).status).toBe(503)
  })
})
