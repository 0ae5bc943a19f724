/** What becomes of the chunks that LangChain's integrations write. */
import { AIMessage, AIMessageChunk } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { foldMessage, type ModelEvent } from '#model'
import { createAnswerWriter } from '#protocols'
import { createAnswerReader } from '../../../../src/providers/langchain/translators/answer-reader.ts'
import type { CallUndo } from '../../../../src/providers/langchain/translators/call-reader.ts'
import { expectWellFormed } from '../../../tools/protocols/expect-well-formed.ts'

type Fields = ConstructorParameters<typeof AIMessageChunk>[0]

const NOTHING: CallUndo = { toolNames: new Map(), freeform: new Set() }

const readAll = (messages: readonly (AIMessage | AIMessageChunk)[], undo = NOTHING) => {
  const events: ModelEvent[] = []
  const reader = createAnswerReader(
    createAnswerWriter((event) => events.push(event)),
    undo,
    'some-model',
  )
  for (const message of messages) reader.read(message)
  reader.finish()
  expectWellFormed(events)
  return foldMessage(events)
}

const readChunks = (chunks: readonly Fields[], undo = NOTHING) =>
  readAll(
    chunks.map((fields) => new AIMessageChunk(fields)),
    undo,
  )

const piece = (index: number | undefined, id?: string, name?: string, args?: string): Fields => ({
  content: '',
  tool_call_chunks: [{ type: 'tool_call_chunk', index, id, name, args }],
})

const call = (id: string, name: string, text: string) => ({
  kind: 'tool-call',
  id,
  name,
  arguments: text,
})

describe('an answer of LangChain', () => {
  it('is text in pieces, with usage that is added up', () => {
    const usage = (input_tokens: number, output_tokens: number, cache_read = 0) => ({
      input_tokens,
      output_tokens,
      total_tokens: input_tokens + output_tokens,
      input_token_details: { cache_read, cache_creation: 1 },
      output_token_details: { reasoning: output_tokens },
    })
    const message = readChunks([
      { content: 'Good ', id: 'run-1', usage_metadata: usage(9, 0, 4) },
      { content: [{ type: 'text', text: 'day', index: 0 }] },
      {
        content: '',
        usage_metadata: usage(0, 3),
        response_metadata: { finish_reason: 'length', model_name: 'told' },
      },
    ])
    expect(message).toEqual({
      id: 'run-1',
      model: 'some-model',
      parts: [{ kind: 'text', text: 'Good day' }],
      reason: 'length',
      usage: {
        inputTokens: 9,
        outputTokens: 3,
        cacheReadTokens: 4,
        cacheWriteTokens: 2,
        reasoningTokens: 3,
      },
    })
  })

  it('has sound, images, caches for an hour and the service tier, if they are reported', () => {
    const usage_metadata = {
      input_tokens: 100,
      output_tokens: 50,
      total_tokens: 150,
      input_token_details: { audio: 30, image: 5 },
      output_token_details: { audio: 40, image: 2 },
    }
    const cache_creation = { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 20 }
    const { usage } = readChunks([
      { content: 'yes', usage_metadata, response_metadata: { usage: { cache_creation } } },
      { content: '', usage_metadata, response_metadata: { service_tier: 'flex' } },
    ])
    expect(usage).toMatchObject({
      inputTokens: 200,
      audioInputTokens: 60,
      imageInputTokens: 10,
      cacheWrite1hTokens: 20,
      outputTokens: 100,
      audioOutputTokens: 80,
      imageOutputTokens: 4,
      serviceTier: 'flex',
    })
  })

  it('does not count output reported before there is any', () => {
    const told = (output_tokens: number) => ({ input_tokens: 0, output_tokens, total_tokens: 0 })
    const { usage } = readChunks([
      { content: '', usage_metadata: told(1) },
      { content: 'Good day' },
      { content: '', usage_metadata: told(12), response_metadata: { stop_reason: 'end_turn' } },
    ])
    expect(usage.outputTokens).toBe(12)
  })

  it('reports estimated usage if the model reports none', () => {
    const { usage, reason } = readChunks([{ content: 'twelve chars' }])
    expect([usage.outputTokens, usage.estimated, reason]).toEqual([3, true, 'stop'])
  })

  it.each([
    [
      'Anthropic',
      [
        { type: 'thinking', thinking: 'Hm', index: 0 },
        { type: 'thinking', thinking: '.', index: 0 },
        { type: 'thinking', signature: 'proof', index: 0 },
      ],
    ],
    [
      'Bedrock',
      [
        { type: 'reasoning_content', reasoningText: { text: 'Hm.' } },
        { type: 'reasoning_content', reasoningText: { signature: 'proof' } },
      ],
    ],
  ])('has signed reasoning of %s', (_vendor, blocks) => {
    const chunks = blocks.map((block) => ({ content: [block] }))
    expect(readChunks([...chunks, { content: 'Yes' }]).parts).toEqual([
      { kind: 'reasoning', text: 'Hm.', signature: 'proof' },
      { kind: 'text', text: 'Yes' },
    ])
  })

  it.each([
    ['a standard block', { content: [{ type: 'reasoning', reasoning: 'Hm.' }] }],
    [
      'a summary',
      { content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] }] },
    ],
    ['a field beside', { content: '', additional_kwargs: { reasoning_content: 'Hm.' } }],
  ])('has reasoning in %s', (_place, chunk) => {
    expect(readChunks([chunk, { content: 'Yes' }]).parts).toEqual([
      { kind: 'reasoning', text: 'Hm.' },
      { kind: 'text', text: 'Yes' },
    ])
  })

  it('has reasoning that cannot be read', () => {
    const block = { type: 'redacted_thinking', data: 'sealed' }
    expect(readChunks([{ content: [block] }, { content: 'Yes' }]).parts).toEqual([
      { kind: 'reasoning', text: '', redacted: 'sealed' },
      { kind: 'text', text: 'Yes' },
    ])
  })

  it('has calls in pieces that are numbered', () => {
    const { parts, reason } = readChunks([
      piece(0, 'a', 'left', ''),
      piece(0, undefined, undefined, '{"x":'),
      piece(0, undefined, undefined, '1}'),
      piece(1, 'b', 'right', '{}'),
      { content: '', response_metadata: { finish_reason: 'stop' } },
    ])
    expect(parts).toEqual([call('a', 'left', '{"x":1}'), call('b', 'right', '{}')])
    expect(reason).toBe('tool-calls')
  })

  it('has calls that are all numbered zero', () => {
    const { parts } = readChunks([piece(0, 'a', 'left', '{"x":1}'), piece(0, 'b', 'right', '{}')])
    expect(parts).toEqual([call('a', 'left', '{"x":1}'), call('b', 'right', '{}')])
  })

  it('has complete calls, without numbers and ids', () => {
    const { parts } = readChunks([
      piece(undefined, undefined, 'left', '{"x":1}'),
      piece(undefined, undefined, 'left', '{"x":2}'),
    ])
    expect(parts).toMatchObject([{ arguments: '{"x":1}' }, { arguments: '{"x":2}' }])
    const ids = parts.map((part) => (part.kind === 'tool-call' ? part.id : ''))
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^call_\w+$/)
  })

  it('is complete, even with calls whose arguments are not JSON', () => {
    const { parts } = readAll([
      new AIMessage({
        content: 'So:',
        tool_calls: [{ type: 'tool_call', id: 'a', name: 'left', args: { x: 1 } }],
        invalid_tool_calls: [{ type: 'invalid_tool_call', id: 'b', name: 'right', args: '{"y"' }],
      }),
    ])
    expect(parts).toEqual([
      { kind: 'text', text: 'So:' },
      call('a', 'left', '{"x":1}'),
      call('b', 'right', '{"y"'),
    ])
  })

  it('gives tools their names back, and freeform ones their text', () => {
    const undo = { toolNames: new Map([['short', 'a.long.name']]), freeform: new Set(['patch']) }
    const { parts } = readChunks(
      [
        piece(0, 'a', 'short', '{}'),
        piece(1, 'b', 'patch', '{"input":"a'),
        piece(1, undefined, undefined, '\\nb"}'),
      ],
      undo,
    )
    expect(parts).toEqual([
      call('a', 'a.long.name', '{}'),
      { ...call('b', 'patch', 'a\nb'), freeform: true },
    ])
  })

  it('is text if a tool was forced for its arguments', () => {
    const undo = { ...NOTHING, answerTool: 'answer' }
    const { parts, reason } = readChunks(
      [piece(0, 'a', 'answer', '{"x":'), piece(0, undefined, undefined, '1}')],
      undo,
    )
    expect(parts).toEqual([{ kind: 'text', text: '{"x":1}' }])
    expect(reason).toBe('stop')
  })

  it.each([
    [{ finish_reason: 'content_filter' }, 'content-filter'],
    [{ finishReason: 'MAX_TOKENS' }, 'length'],
    [{ stop_reason: 'end_turn' }, 'stop'],
    [{ messageStop: { stopReason: 'stop_sequence' } }, 'stop-sequence'],
    [{ done_reason: 'stop' }, 'stop'],
    [{ incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
    [{ finish_reason: 'tool_calls' }, 'stop'],
    [{ finish_reason: 'constructor' }, 'other'],
  ])('ends with %o as %s', (response_metadata, reason) => {
    expect(readChunks([{ content: 'x', response_metadata }]).reason).toBe(reason)
  })
})
