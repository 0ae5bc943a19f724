/** A Messages answer, complete and streamed. */
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
  return ask(upstream, '/v1/messages', {
    model: 'claude-opus-5',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hello' }],
    ...body,
  })
}

const answer: Answer = {
  parts: [
    { reasoning: 'hm, let me think' },
    { redacted: true },
    { text: 'let me look' },
    { toolCall: { name: 'weather', arguments: '{"city":"Bern"}' } },
  ],
  usage: { input: 10, output: 7, cacheRead: 4, cacheWrite: 1, reasoning: 3 },
}

describe('a Messages answer', () => {
  it('is a list of blocks with the usage that leaves the cache out', async () => {
    const { json } = await fire(answer)
    expect(json).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-5',
      stop_reason: 'tool_use',
      stop_sequence: null,
      content: [
        { type: 'thinking', thinking: 'hm, let me think' },
        { type: 'redacted_thinking' },
        { type: 'text', text: 'let me look', citations: null },
        { type: 'tool_use', name: 'weather', input: { city: 'Bern' }, caller: { type: 'direct' } },
      ],
      usage: {
        input_tokens: 5,
        cache_read_input_tokens: 4,
        cache_creation_input_tokens: 1,
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 3 },
      },
    })
  })

  it.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['content_filter', 'refusal'],
    ['pause_turn', 'pause_turn'],
    ['context_exceeded', 'model_context_window_exceeded'],
  ] as const)('ends as the script says: %s', async (stop, reason) => {
    const { json } = await fire({ parts: [{ text: 'x' }], stop })
    expect(json.stop_reason).toBe(reason)
  })

  it('names the stop sequence that it met', async () => {
    const { json } = await fire(
      { parts: [{ text: 'x' }], stop: 'stop_sequence' },
      { stop_sequences: ['END'] },
    )
    expect(json).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END' })
  })
})

describe('a streamed Messages answer', () => {
  it('names every event, and each begins and ends once', async () => {
    const { text } = await fire({ ...answer, pieces: 2 }, { stream: true })
    const events = readEvents(text)
    expect(events.every(({ event, data }) => event === data.type)).toBe(true)
    const order = events.map(({ data }) =>
      typeof data.index === 'number' ? `${String(data.type)} ${data.index}` : String(data.type),
    )
    expect(order).toEqual([
      'message_start',
      'content_block_start 0',
      'ping',
      'content_block_delta 0',
      'content_block_delta 0',
      'content_block_delta 0',
      'content_block_stop 0',
      'content_block_start 1',
      'content_block_stop 1',
      'content_block_start 2',
      'content_block_delta 2',
      'content_block_delta 2',
      'content_block_stop 2',
      'content_block_start 3',
      'content_block_delta 3',
      'content_block_delta 3',
      'content_block_delta 3',
      'content_block_stop 3',
      'message_delta',
      'message_stop',
    ])
  })

  it('begins with an empty message that already counts its input', async () => {
    const [start] = readEvents((await fire(answer, { stream: true })).text)
    expect(start?.data).toMatchObject({
      message: { content: [], stop_reason: null, usage: { input_tokens: 5, output_tokens: 1 } },
    })
  })

  it('sends the signature last in a thinking block, as the complete answer does', async () => {
    const whole = (await fire(answer)).json.content as { signature?: string }[]
    const events = readEvents((await fire(answer, { stream: true })).text)
    const deltas = events.filter(
      ({ data }) => data.type === 'content_block_delta' && data.index === 0,
    )
    expect(deltas.at(-1)?.data.delta).toEqual({
      type: 'signature_delta',
      signature: whole[0]?.signature,
    })
  })

  it('gives the input of a tool as pieces of JSON after an empty one', async () => {
    const events = readEvents((await fire(answer, { stream: true })).text)
    const pieces = events
      .map(({ data }) => data.delta as { partial_json?: string } | undefined)
      .flatMap((delta) => (delta?.partial_json === undefined ? [] : [delta.partial_json]))
    expect(pieces[0]).toBe('')
    expect(JSON.parse(pieces.join(''))).toEqual({ city: 'Bern' })
  })

  it('ends with its reason and the final usage', async () => {
    const events = readEvents((await fire(answer, { stream: true })).text)
    expect(events.at(-2)?.data).toMatchObject({
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { input_tokens: 5, output_tokens: 7 },
    })
  })
})
