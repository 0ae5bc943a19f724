/** Completions of a text, complete and streamed, verified by the checker. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkCompletionsAnswer, checkCompletionsStream } from '../../checkers/index.ts'
import { ask, readEvents } from '../ask.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

const model = 'gpt-3.5-turbo-instruct'

const fire = (prompt: unknown, change: object = {}) =>
  ask(upstream, '/v1/completions', { model, prompt, ...change })

interface Completion {
  choices: { text: string; index: number; finish_reason: string | null }[]
}

const textsOf = (json: object) => (json as Completion).choices.map(({ text }) => text)
const streamed = (text: string, index = 0) =>
  readEvents(text)
    .flatMap(({ data }) => (data as unknown as Completion).choices)
    .filter((choice) => choice.index === index)
    .map((choice) => choice.text)
    .join('')

describe('a completion', () => {
  it('follows the directives of its prompt', async () => {
    const { json } = await fire('def add [[say (a, b)]]', { suffix: '\nprint(add(1, 2))' })
    expect(checkCompletionsAnswer(json, { model })).toEqual([])
    expect(textsOf(json)).toEqual(['(a, b)'])
  })

  it('has the requested number of choices for each prompt', async () => {
    const { json } = await fire(['[[say x]]', 'b'], { n: 2 })
    expect(checkCompletionsAnswer(json)).toEqual([])
    expect(textsOf(json)).toEqual(['x', 'x', 'x', 'x'])
  })

  it('repeats the prompt if requested', async () => {
    const { json } = await fire('hello', { echo: true })
    expect(textsOf(json)).toEqual(['hellohello'])
  })

  it.each([
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['stop', 'stop'],
  ])('ends as directed: %s', async (stop, reason) => {
    const { json } = await fire(`[[stop ${stop}]] hello`)
    expect(json).toMatchObject({ choices: [{ finish_reason: reason }] })
  })

  it('streams its pieces, and its usage if requested', async () => {
    const { text } = await fire('[[say Grüße 🌍 and more]]', {
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(checkCompletionsStream(Buffer.from(text), { model, includeUsage: true })).toEqual([])
    expect(streamed(text)).toBe('Grüße 🌍 and more')
  })

  it('streams several choices', async () => {
    const { text } = await fire(['[[say one]]', 'b'], { stream: true })
    expect(checkCompletionsStream(Buffer.from(text), { includeUsage: false })).toEqual([])
    expect([streamed(text), streamed(text, 1)]).toEqual(['one', 'one'])
  })

  it('breaks as directed', async () => {
    const words = '[[say some words that are long enough]]'
    const error = await fire(`[[error 1]] ${words}`, { stream: true })
    expect(checkCompletionsStream(Buffer.from(error.text))).toEqual([
      'event 2: an error stands in the stream',
    ])
    const end = await fire(`[[end 2]] ${words}`, { stream: true })
    expect(checkCompletionsStream(Buffer.from(end.text))).toEqual([
      'the stream ends without [DONE]',
    ])
    expect((await fire('[[status 429]]')).status).toBe(429)
    await expect(fire(`[[cut 1]] ${words}`, { stream: true })).rejects.toThrow()
  })
})
