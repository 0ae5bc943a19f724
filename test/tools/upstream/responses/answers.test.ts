/** A response, complete and as the order of its events. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../answers/answer.ts'
import { ask, readEvents } from '../ask.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

const fire = (answer: Answer, body: object = {}) => {
  upstream.next(answer)
  return ask(upstream, '/v1/responses', { model: 'gpt-5', input: 'hello', ...body })
}

const answer: Answer = {
  parts: [
    { reasoning: 'hm' },
    { text: 'let me look' },
    { toolCall: { name: 'weather', arguments: '{"a":1}', namespace: 'mcp' } },
    { toolCall: { name: 'patch', arguments: '*** Begin', custom: true } },
  ],
  pieces: 1,
  usage: { input: 10, output: 7, cacheRead: 4, reasoning: 3 },
}

describe('a response', () => {
  it('has its items, its usage and the request', async () => {
    const { json } = await fire(answer, { instructions: 'be kind' })
    expect(json).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'gpt-5',
      instructions: 'be kind',
      error: null,
      output: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
        { type: 'message', content: [{ type: 'output_text', text: 'let me look' }] },
        { type: 'function_call', name: 'weather', arguments: '{"a":1}', namespace: 'mcp' },
        { type: 'custom_tool_call', name: 'patch', input: '*** Begin' },
      ],
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens: 7,
        output_tokens_details: { reasoning_tokens: 3 },
        total_tokens: 17,
      },
    })
  })

  it('encrypts its reasoning on request', async () => {
    const [open] = (await fire(answer)).json.output as object[]
    const include = ['reasoning.encrypted_content']
    const [sealed] = (await fire(answer, { include })).json.output as object[]
    expect(open).not.toHaveProperty('encrypted_content')
    expect(sealed).toHaveProperty('encrypted_content')
  })

  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ] as const)('is incomplete when the script says %s', async (stop, reason) => {
    const { json } = await fire({ parts: [{ text: 'x' }], stop })
    expect(json).toMatchObject({ status: 'incomplete', incomplete_details: { reason } })
  })

  it('answers a compaction trigger with a compaction', async () => {
    const input = [{ role: 'user', content: 'hello' }, { type: 'compaction_trigger' }]
    const { json } = await fire({ parts: [{ text: 'x' }] }, { input })
    expect(json.output).toMatchObject([{ type: 'compaction' }])
    const again = [...(json.output as object[]), { role: 'user', content: 'go on' }]
    expect((await fire({}, { input: again })).status).toBe(200)
  })
})

describe('a streamed response', () => {
  it('keeps the full order of events under rising numbers', async () => {
    const events = readEvents((await fire(answer, { stream: true })).text)
    expect(events.every(({ event, data }) => event === data.type)).toBe(true)
    expect(events.map(({ data }) => data.sequence_number)).toEqual([...events.keys()])
    expect(events.map(({ event }) => event?.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'output_item.added',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
      'output_item.done',
      'completed',
    ])
  })

  it('sends the complete response at its end', async () => {
    const events = readEvents((await fire(answer, { stream: true })).text)
    const done = events
      .filter(({ event }) => event === 'response.output_item.done')
      .map(({ data }) => data.item)
    expect(events.at(-1)?.data.response).toMatchObject({ status: 'completed', output: done })
  })

  it('ends incomplete when the script says so', async () => {
    const { text } = await fire({ parts: [{ text: 'x' }], stop: 'length' }, { stream: true })
    expect(readEvents(text).at(-1)?.event).toBe('response.incomplete')
  })

  it('refuse with their own messages', async () => {
    const { text } = await fire({ parts: [{ refusal: 'no' }] }, { stream: true })
    expect(text).toContain('event: response.refusal.delta')
    expect(text).toContain('event: response.refusal.done')
  })
})
