/** What Google refuses where tokens are to be counted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askGemini, declare, errorOf, user, weather } from './ask-gemini.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

describe('a count of tokens', () => {
  const count = (body: object) => askGemini(upstream, body, undefined, 'countTokens')

  it('is of the contents, or of a complete request', async () => {
    const generateContentRequest = { model: 'models/gemini-2.5-flash', contents: [user] }
    expect((await count({})).json.totalTokens).toBeGreaterThan(0)
    const whole = await count({ contents: undefined, generateContentRequest })
    expect(whole.json.totalTokens).toBeGreaterThan(0)
  })

  it.each([
    [
      'both at once',
      { generateContentRequest: { model: 'models/gemini-2.5-flash' } },
      'mutually exclusive',
    ],
    ['neither', { contents: [] }, 'contents is not specified'],
    [
      'a request without a model',
      { contents: undefined, generateContentRequest: { contents: [user] } },
      'model is required',
    ],
    ['tools beside the contents', declare(weather), 'Unknown name "tools": Cannot find field.'],
  ])('refuses %s', async (_, body, message) => {
    const answer = await count(body)
    expect(answer.status).toBe(400)
    expect(errorOf(answer).message).toContain(message)
  })
})
