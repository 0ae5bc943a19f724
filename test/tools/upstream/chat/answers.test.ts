/** A Chat answer, complete and streamed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../answers/answer.ts'
import { ask, readEvents } from '../ask.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream({ now: () => 1_790_000_000_000 })
})
afterAll(() => upstream.close())

const fire = (answer: Answer, body: object = {}) => {
  upstream.next(answer)
  const messages = [{ role: 'user', content: 'hello' }]
  return ask(upstream, '/v1/chat/completions', { model: 'gpt-4o', messages, ...body })
}

interface Chunk {
  id: string
  choices: { index: number; delta: Delta; finish_reason: string | null }[]
  usage?: object | null
}
interface Delta {
  role?: string
  content?: string
  reasoning_content?: string
  tool_calls?: { index: number; id?: string; function?: { name?: string; arguments: string } }[]
}

const chunksOf = (text: string) => readEvents(text).map(({ data }) => data as unknown as Chunk)
const deltasOf = (text: string) =>
  chunksOf(text).flatMap(({ choices }) => choices.map(({ delta }) => delta))

const twoCalls: Answer = {
  parts: [
    { text: 'let me look' },
    { toolCall: { name: 'weather', arguments: '{"city":"Bern"}' } },
    { toolCall: { name: 'clock', arguments: '{"zone":"CET"}', id: 'call_mine' } },
  ],
}

describe('a chat answer', () => {
  it('is one message with its usage', async () => {
    const usage = { input: 10, output: 5, cacheRead: 4, cacheWrite: 2, reasoning: 1 }
    const { json, headers } = await fire({ parts: [{ reasoning: 'hm' }, { text: 'hi' }], usage })
    expect(json).toMatchObject({
      object: 'chat.completion',
      created: 1_790_000_000,
      model: 'gpt-4o',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'hi', refusal: null, reasoning_content: 'hm' },
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    })
    expect(headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('calls tools', async () => {
    const { json } = await fire(twoCalls)
    expect(json).toMatchObject({
      choices: [
        {
          message: {
            content: 'let me look',
            tool_calls: [
              { type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
              { id: 'call_mine', type: 'function' },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
    })
  })

  it('returns as many choices as requested', async () => {
    const { json } = await fire({ parts: [{ text: 'hi' }] }, { n: 2 })
    expect((json.choices as object[]).length).toBe(2)
  })

  it.each([
    [{ parts: [{ text: 'x' }], stop: 'length' }, 'length'],
    [{ parts: [{ text: 'x' }], stop: 'content_filter' }, 'content_filter'],
    [{ parts: [{ refusal: 'no' }] }, 'stop'],
  ] satisfies [Answer, string][])('ends as the script says: %j', async (answer, reason) => {
    expect((await fire(answer)).json).toMatchObject({ choices: [{ finish_reason: reason }] })
  })

  it('has the same counts for the same text if none are set', async () => {
    const first = await fire({ parts: [{ text: 'hi there' }] })
    const second = await fire({ parts: [{ text: 'hi there' }] })
    expect(first.json.usage).toEqual(second.json.usage)
    expect(first.json.usage).toMatchObject({ completion_tokens: 2 })
  })
})

describe('a streamed chat answer', () => {
  it('names the role first and ends with a reason and [DONE]', async () => {
    const { text, headers } = await fire({ parts: [{ text: 'hi' }] }, { stream: true })
    const chunks = chunksOf(text)
    expect(headers.get('content-type')).toContain('text/event-stream')
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: 'assistant', content: '' })
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  it('reports no usage unless requested', async () => {
    const { text } = await fire({ parts: [{ text: 'hi' }] }, { stream: true })
    expect(text).not.toContain('usage')
  })

  it('reports usage last, in a chunk without choices, if requested', async () => {
    const options = { stream: true, stream_options: { include_usage: true } }
    const chunks = chunksOf((await fire({ parts: [{ text: 'hi' }] }, options)).text)
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 1 } })
  })

  it('splits a text into as many deltas as directed, never inside a character', async () => {
    const words = 'grüße 🙂🙂 – 你好'
    const { text } = await fire({ parts: [{ text: words }], pieces: 4 }, { stream: true })
    const contents = deltasOf(text).flatMap(({ content }) => (content ? [content] : []))
    expect(contents).toHaveLength(4)
    expect(contents.join('')).toBe(words)
    expect(contents.join('|')).not.toContain('\ufffd')
  })

  it('opens each tool call with its id and name, then gives only arguments', async () => {
    const { text } = await fire(twoCalls, { stream: true })
    const calls = deltasOf(text).flatMap((delta) => delta.tool_calls ?? [])
    const openings = calls.filter(({ id }) => id !== undefined)
    expect(openings.map(({ index, function: made }) => [index, made?.name])).toEqual([
      [0, 'weather'],
      [1, 'clock'],
    ])
    const joined = calls
      .filter(({ index }) => index === 0)
      .map(({ function: made }) => made?.arguments)
      .join('')
    expect(joined).toBe('{"city":"Bern"}')
  })

  it('sends its reasoning before its text', async () => {
    const { text } = await fire({ parts: [{ reasoning: 'hm' }, { text: 'hi' }] }, { stream: true })
    const said = deltasOf(text).map((delta) => delta.reasoning_content ?? delta.content ?? '')
    expect(said.filter(Boolean)).toEqual(['hm', 'hi'])
  })
})
