/** Streams as other vendors send them, who speak this protocol in their own way. */
import { describe, expect, it } from 'vitest'
import {
  chunk,
  decodeChunks,
  DONE,
  errorOf,
  readChunks,
} from '../../tools/protocols/openai-chat/codec.ts'

const call = (...calls: readonly object[]) => chunk({ tool_calls: calls })

const read = () => readChunks(call({ index: 0, function: { name: 'a', arguments: '{}' } }), DONE)

describe('tool calls', () => {
  it('may all be numbered 0, and are distinguished by their ids', () => {
    const { parts } = readChunks(
      call({ index: 0, id: 'call_1', function: { name: 'a', arguments: '{"x":' } }),
      call({ index: 0, function: { arguments: '1}' } }),
      call({ index: 0, id: 'call_2', function: { name: 'a', arguments: '{"x":' } }),
      call({ index: 0, function: { arguments: '2}' } }),
      DONE,
    )
    expect(parts).toMatchObject([
      { id: 'call_1', arguments: '{"x":1}' },
      { id: 'call_2', arguments: '{"x":2}' },
    ])
  })

  it('may all be numbered 0 in one chunk', () => {
    const { parts } = readChunks(
      call(
        { index: 0, id: 'call_1', function: { name: 'a', arguments: '{"x":1}' } },
        { index: 0, id: 'call_2', function: { name: 'b', arguments: '{"x":2}' } },
      ),
      DONE,
    )
    expect(parts).toMatchObject([
      { id: 'call_1', arguments: '{"x":1}' },
      { id: 'call_2', arguments: '{"x":2}' },
    ])
  })

  it('may have neither numbers nor ids', () => {
    const { parts, reason } = readChunks(
      call({ function: { name: 'a', arguments: '{"x":1}' } }),
      call({ function: { name: 'b', arguments: '{"x":2}' } }),
      chunk({}, 'stop'),
      DONE,
    )
    expect(parts).toMatchObject([
      { name: 'a', arguments: '{"x":1}' },
      { name: 'b', arguments: '{"x":2}' },
    ])
    expect(reason).toBe('tool-calls')
    const ids = parts.map((part) => (part.kind === 'tool-call' ? part.id : ''))
    expect(ids[0]).toMatch(/^call_[0-9a-f]{24}$/)
    expect(new Set(ids).size).toBe(2)
  })

  it('without ids get the same ones each time the same answer is read', () => {
    expect(read().parts).toEqual(read().parts)
  })

  it('may repeat id and name in every chunk', () => {
    const { parts } = readChunks(
      call({
        index: 0,
        id: 'call_1',
        type: 'function',
        function: { name: 'a', arguments: '{"x"' },
      }),
      call({ index: 0, id: 'call_1', type: 'function', function: { name: 'a', arguments: ':1}' } }),
      call({ index: 0, id: 'call_1', type: 'function', function: { name: 'a', arguments: '' } }),
      DONE,
    )
    expect(parts).toEqual([{ kind: 'tool-call', id: 'call_1', name: 'a', arguments: '{"x":1}' }])
  })

  it('may continue by id alone', () => {
    const { parts } = readChunks(
      call({ id: 'call_1', function: { name: 'a', arguments: '{"x"' } }),
      call({ id: 'call_2', function: { name: 'b', arguments: '{"y"' } }),
      call({ id: 'call_1', function: { arguments: ':1}' } }),
      call({ id: 'call_2', function: { arguments: ':2}' } }),
      DONE,
    )
    expect(parts).toMatchObject([{ arguments: '{"x":1}' }, { arguments: '{"y":2}' }])
  })

  it('may share one id, and get one each', () => {
    const { parts } = readChunks(
      call({ index: 0, id: 'same', function: { name: 'a', arguments: '{}' } }),
      call({ index: 1, id: 'same', function: { name: 'b', arguments: '{}' } }),
      DONE,
    )
    expect(parts).toMatchObject([
      { id: 'same', name: 'a' },
      { id: 'same_2', name: 'b' },
    ])
  })

  it('may be named late', () => {
    const { parts } = readChunks(
      call({ index: 0, id: 'call_1', function: { arguments: '{"x"' } }),
      call({ index: 0, function: { name: 'a', arguments: ':1}' } }),
      DONE,
    )
    expect(parts).toEqual([{ kind: 'tool-call', id: 'call_1', name: 'a', arguments: '{"x":1}' }])
  })

  it('that are never named are not calls', () => {
    const answer = readChunks(
      chunk({ content: 'a' }),
      call({ index: 0, id: 'call_1', function: { arguments: '{}' } }),
      chunk({}, 'tool_calls'),
    )
    expect(answer).toMatchObject({ parts: [{ kind: 'text' }], reason: 'stop' })
  })

  it('may have an object for arguments, or null', () => {
    const { parts } = readChunks(
      call({ index: 0, id: 'call_1', function: { name: 'a', arguments: { x: 1 } } }),
      call({ index: 1, id: 'call_2', function: { name: 'b', arguments: null } }),
      DONE,
    )
    expect(parts).toMatchObject([{ arguments: '{"x":1}' }, { arguments: '' }])
  })

  it('may have the oldest form', () => {
    const answer = readChunks(
      chunk({ role: 'assistant', content: null, function_call: { name: 'a', arguments: '' } }),
      chunk({ function_call: { arguments: '{"x":' } }),
      chunk({ function_call: { arguments: '1}' } }),
      chunk({}, 'function_call'),
    )
    expect(answer).toMatchObject({
      parts: [{ kind: 'tool-call', name: 'a', arguments: '{"x":1}' }],
      reason: 'tool-calls',
    })
  })

  it('are an ending, whatever the finish_reason is', () => {
    const one = call({ index: 0, id: 'c', function: { name: 'a', arguments: '{}' } })
    for (const reason of ['stop', '', 'eos', 'tool_calls'])
      expect(readChunks(one, chunk({}, reason), DONE).reason).toBe('tool-calls')
    expect(readChunks(chunk({ content: 'a' }, 'tool_calls'), DONE).reason).toBe('stop')
  })
})

describe('a finish_reason', () => {
  it("of '' is none", () => {
    const answer = readChunks(chunk({ content: 'a' }, ''), chunk({ content: 'b' }, 'stop'))
    expect(answer).toMatchObject({ parts: [{ text: 'ab' }], reason: 'stop' })
    expect(errorOf(decodeChunks(chunk({ content: 'a' }, '')))).toMatchObject({
      code: 'upstream_broken',
    })
  })

  it('of error is one', () => {
    expect(errorOf(decodeChunks(chunk({ content: 'a' }, 'error'), DONE))).toMatchObject({
      code: 'upstream_failed',
    })
  })
})

describe('reasoning', () => {
  it.each(['reasoning_content', 'reasoning'])('may be called %s', (key) => {
    const { parts } = readChunks(
      chunk({ role: 'assistant', content: null, [key]: 'Let me ' }),
      chunk({ [key]: 'think.' }),
      chunk({ content: 'Hello' }),
      chunk({}, 'stop'),
    )
    expect(parts).toEqual([
      { kind: 'reasoning', text: 'Let me think.' },
      { kind: 'text', text: 'Hello' },
    ])
  })

  it('is sent once if a vendor writes it under every name', () => {
    const { parts } = readChunks(
      chunk({
        reasoning: 'Hm',
        reasoning_content: 'Hm',
        reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0 }],
      }),
      chunk({ reasoning: '.', reasoning_details: [{ type: 'reasoning.text', text: '.' }] }),
      DONE,
    )
    expect(parts).toEqual([{ kind: 'reasoning', text: 'Hm.' }])
  })

  it('is not repeated by later details', () => {
    const { parts } = readChunks(
      chunk({ reasoning_content: 'Hm' }),
      chunk({ reasoning_content: '.' }),
      chunk({ reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', signature: 'c2ln' }] }),
      DONE,
    )
    expect(parts).toEqual([{ kind: 'reasoning', text: 'Hm.' }])
  })

  it('may be in details only', () => {
    const { parts } = readChunks(
      chunk({ reasoning_details: [{ type: 'reasoning.summary', summary: 'Short.' }] }),
      DONE,
    )
    expect(parts).toEqual([{ kind: 'reasoning', text: 'Short.' }])
  })

  it('may occur again between texts', () => {
    const { parts } = readChunks(
      chunk({ reasoning: 'a' }),
      chunk({ content: 'b' }),
      chunk({ reasoning: 'c' }),
      chunk({ content: 'd' }),
      DONE,
    )
    expect(parts.map(({ kind }) => kind)).toEqual(['reasoning', 'text', 'reasoning', 'text'])
  })
})

describe('content', () => {
  it('may be a list of parts', () => {
    const { parts } = readChunks(
      chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] }),
      chunk({
        content: [
          { type: 'text', text: 'Hel' },
          { type: 'text', text: 'lo' },
        ],
      }),
      chunk({ content: '!' }),
      DONE,
    )
    expect(parts).toEqual([
      { kind: 'reasoning', text: 'Hm.' },
      { kind: 'text', text: 'Hello!' },
    ])
  })

  it('may be a refusal', () => {
    const { parts } = readChunks(chunk({ refusal: 'I ' }), chunk({ refusal: 'cannot.' }), DONE)
    expect(parts).toEqual([{ kind: 'refusal', text: 'I cannot.' }])
  })

  it('may have sources', () => {
    const annotation = {
      type: 'url_citation',
      url_citation: { url: 'https://a.example/', title: 'A', start_index: 0, end_index: 2 },
    }
    const { parts } = readChunks(
      chunk({ content: 'So' }),
      chunk({ annotations: [annotation] }),
      chunk({ content: ' it is.' }),
      DONE,
    )
    expect(parts).toMatchObject([
      {
        kind: 'text',
        text: 'So it is.',
        citations: [{ url: 'https://a.example/', title: 'A', start: 0, end: 2 }],
      },
    ])
  })
})

describe('usage', () => {
  const usage = { prompt_tokens: 7, completion_tokens: 2 }

  it('may be in every chunk; the last one counts', () => {
    const answer = readChunks(
      chunk({ content: 'a' }, null, { usage: { prompt_tokens: 7, completion_tokens: 1 } }),
      chunk({ content: 'b' }, null, { usage }),
      chunk({}, 'stop', { usage: null }),
    )
    expect(answer.usage).toMatchObject({ inputTokens: 7, outputTokens: 2 })
  })

  it('may be in the choice, or in a field of the vendor', () => {
    const inChoice = { choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage }] }
    expect(readChunks(chunk({ content: 'a' }), inChoice, DONE).usage.inputTokens).toBe(7)
    const apart = chunk({}, 'stop', { x_groq: { usage } })
    expect(readChunks(chunk({ content: 'a' }), apart, DONE).usage.inputTokens).toBe(7)
  })

  it('may name its cache hits otherwise', () => {
    const hit = { ...usage, prompt_cache_hit_tokens: 5 }
    const { usage: told } = readChunks(chunk({ content: 'a' }, 'stop', { usage: hit }))
    expect(told.cacheReadTokens).toBe(5)
  })

  it('may count reasoning separately from the completion', () => {
    const apart = {
      prompt_tokens: 7,
      completion_tokens: 2,
      total_tokens: 109,
      completion_tokens_details: { reasoning_tokens: 100 },
    }
    const { usage: told } = readChunks(chunk({ content: 'a' }, 'stop', { usage: apart }))
    expect(told).toMatchObject({ outputTokens: 102, reasoningTokens: 100 })
  })

  it('that is nonsense counts nothing: it is an estimate', () => {
    const odd = { prompt_tokens: -3, completion_tokens: 'many', total_tokens: null }
    const { usage: told } = readChunks(chunk({ content: 'a' }, 'stop', { usage: odd }))
    expect(told).toMatchObject({ inputTokens: 0, outputTokens: 1, estimated: true })
  })
})

describe('chunks', () => {
  it('without choices, such as filter results, do not begin the answer', () => {
    const events = decodeChunks(
      { id: '', model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
      chunk({ content: 'a' }, 'stop'),
    )
    expect(events[0]).toEqual({ type: 'message-start', id: 'chatcmpl-1', model: 'upstream-model' })
  })

  it('of a second choice are not mixed into the first', () => {
    const { parts } = readChunks(
      chunk({ content: 'a' }),
      chunk({}, null, { choices: [{ index: 1, delta: { content: 'other' } }] }),
      chunk({ content: 'b' }, 'stop'),
    )
    expect(parts).toEqual([{ kind: 'text', text: 'ab' }])
  })

  it('may have fields of any type', () => {
    const odd = [
      { choices: 'none' },
      { choices: [null, 3] },
      { id: 3, model: null, choices: [{ delta: null }] },
      { choices: [{ delta: { content: 3, tool_calls: [null, {}, { function: 3 }] } }] },
      { choices: [{ delta: { annotations: [null, { url_citation: 1 }], refusal: {} } }] },
    ]
    expect(readChunks(...odd, chunk({ content: 'a' }, 'stop')).parts).toEqual([
      { kind: 'text', text: 'a' },
    ])
  })
})
