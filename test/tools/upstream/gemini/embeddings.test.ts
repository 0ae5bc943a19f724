/** What Google refuses of a request for embeddings. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askGemini, errorOf } from './ask-gemini.ts'
import { ask } from '../ask.ts'
import { TINY_PNG } from '../requests/images.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

describe('a Gemini embedding', () => {
  const NAME = 'gemini-embedding-001'
  const content = { parts: [{ text: 'hello' }] }
  const request = { model: `models/${NAME}`, content }
  const embed = (body: object, method = 'embedContent') =>
    ask(upstream, `/v1beta/models/${NAME}:${method}`, body)
  const batch = (...requests: object[]) => embed({ requests }, 'batchEmbedContents')

  it('refuses a batch of more than a hundred, and an empty one', async () => {
    const answer = await batch(...Array.from({ length: 101 }, () => request))
    expect(errorOf(answer).message).toContain('at most 100 requests can be in one batch')
    expect(errorOf(await batch()).message).toContain('requests is not specified')
  })

  it('refuses a model in the batch that is not that of the path', async () => {
    const answer = await batch({ ...request, model: 'models/gemini-embedding-2' })
    expect(errorOf(answer).message).toContain(
      'requests[0].model: the model is not that of the path',
    )
  })

  it.each([
    ['no content', {}, 'content: content is required'],
    ['an empty content', { content: { parts: [] } }, 'contents.parts must not be empty'],
    [
      'an image',
      { content: { parts: [{ inlineData: { mimeType: 'image/png', data: TINY_PNG } }] } },
      'only text can be embedded',
    ],
    ['too many dimensions', { content, outputDimensionality: 3073 }, 'must be at most 3072'],
    [
      'no dimension',
      { content, outputDimensionality: 0 },
      'output_dimensionality: must be at least 1',
    ],
    ['a title for another task', { content, title: 'x' }, 'only allowed for the task type'],
    ['an unknown task', { content, taskType: 'SEARCH' }, '(TYPE_ENUM), "SEARCH"'],
    ['an unknown field', { content, input: 'x' }, 'Unknown name "input": Cannot find field.'],
  ])('refuses %s', async (_, body, message) => {
    const answer = await embed(body)
    expect(answer.status).toBe(400)
    expect(errorOf(answer).message).toContain(message)
  })

  it('refuses a model that generates', async () => {
    expect((await askGemini(upstream, { content }, undefined, 'embedContent')).status).toBe(404)
  })
})
