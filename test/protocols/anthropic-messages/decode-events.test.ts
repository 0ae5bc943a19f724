import { describe, expect, it } from 'vitest'
import type { ModelEvent } from '#model'
import { NOTHING_TO_UNDO, type Undo } from '#protocols'
import { expectWellFormed } from '../../tools/protocols/expect-well-formed.ts'
import { decode, stream, toPlain } from '../../tools/protocols/anthropic-messages/codec.ts'

const START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'claude',
    usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 },
  },
}
const open = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
})
const more = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta })
const close = (index: number) => ({ type: 'content_block_stop', index })
const end = (stop_reason: string | null = 'end_turn', fields: object = {}) => [
  {
    type: 'message_delta',
    delta: { stop_reason, stop_sequence: null },
    usage: { output_tokens: 7 },
    ...fields,
  },
  { type: 'message_stop' },
]

const textDelta = (index: number, text: string) => more(index, { type: 'text_delta', text })
const jsonDelta = (index: number, partial_json: string) =>
  more(index, { type: 'input_json_delta', partial_json })

const read = (events: readonly { type: string }[], undo: Undo = NOTHING_TO_UNDO) => {
  const decoded = decode([stream(...events)], undo)
  expectWellFormed(decoded)
  return decoded.map(toPlain)
}

/** Without the first and the last event. */
const partsOf = (events: readonly { type: string }[], undo: Undo = NOTHING_TO_UNDO) =>
  read([START, ...events, ...end()], undo).slice(1, -1)

const lastOf = (bytes: Buffer): ModelEvent | undefined => {
  const events = decode([bytes])
  expectWellFormed(events)
  return events.at(-1)
}

const native = (value: object) => ({ kind: 'native', protocol: 'anthropic-messages', value })

describe('a stream', () => {
  it('is read from its start to its end', () => {
    expect(
      read([
        START,
        { type: 'ping' },
        open(0, { type: 'text', text: '' }),
        textDelta(0, 'Hel'),
        textDelta(0, 'lo "you"\n'),
        textDelta(0, '👩‍👩‍👧'),
        close(0),
        ...end(),
      ]),
    ).toEqual([
      {
        type: 'message-start',
        id: 'msg_1',
        model: 'claude',
        usage: {
          inputTokens: 15,
          cacheReadTokens: 5,
          cacheWriteTokens: 0,
          outputTokens: 1,
          reasoningTokens: 0,
        },
      },
      { type: 'part-start', index: 0, part: { kind: 'text' } },
      { type: 'part-delta', index: 0, text: 'Hel' },
      { type: 'part-delta', index: 0, text: 'lo "you"\n' },
      { type: 'part-delta', index: 0, text: '👩‍👩‍👧' },
      { type: 'part-end', index: 0 },
      {
        type: 'message-end',
        reason: 'stop',
        usage: {
          inputTokens: 15,
          cacheReadTokens: 5,
          cacheWriteTokens: 0,
          outputTokens: 7,
          reasoningTokens: 0,
        },
      },
    ])
  })

  it('keeps reasoning with its signature, and signatures without reasoning', () => {
    expect(
      partsOf([
        open(0, { type: 'thinking', thinking: '', signature: '' }),
        more(0, { type: 'thinking_delta', thinking: 'So.' }),
        more(0, { type: 'signature_delta', signature: 'Er1' }),
        close(0),
        open(1, { type: 'thinking', thinking: '', signature: '' }),
        more(1, { type: 'signature_delta', signature: 'Er2' }),
        close(1),
        open(2, { type: 'redacted_thinking', data: 'Em1' }),
        close(2),
      ]),
    ).toEqual([
      { type: 'part-start', index: 0, part: { kind: 'reasoning' } },
      { type: 'part-delta', index: 0, text: 'So.' },
      { type: 'part-end', index: 0, signature: 'Er1' },
      { type: 'part-start', index: 1, part: { kind: 'reasoning' } },
      { type: 'part-end', index: 1, signature: 'Er2' },
      { type: 'part-start', index: 2, part: { kind: 'reasoning', redacted: 'Em1' } },
      { type: 'part-end', index: 2 },
    ])
  })

  it.each([
    [{}, ''],
    [{ data: 'Em1' }, 'Em1'],
  ])('reads nothing else of hidden reasoning (%j)', (fields, redacted) => {
    expect(
      partsOf([
        open(0, { type: 'redacted_thinking', ...fields }),
        more(0, { type: 'thinking_delta', thinking: 'So.' }),
        close(0),
      ]),
    ).toEqual([
      { type: 'part-start', index: 0, part: { kind: 'reasoning', redacted } },
      { type: 'part-end', index: 0 },
    ])
  })

  it('names calls as the client does, and reads the input from the start event if there is no delta', () => {
    const undo: Undo = { ...NOTHING_TO_UNDO, toolNames: new Map([['short', 'long.name']]) }
    expect(
      partsOf(
        [
          open(0, { type: 'tool_use', id: 'toolu_1', name: 'short', input: {} }),
          jsonDelta(0, ''),
          jsonDelta(0, '{"a"'),
          jsonDelta(0, ':1}'),
          close(0),
          open(1, { type: 'tool_use', id: 'toolu_2', name: 'other', input: { whole: true } }),
          close(1),
          open(2, { type: 'tool_use', id: 'toolu_3', name: 'other', input: {} }),
          close(2),
        ],
        undo,
      ),
    ).toEqual([
      {
        type: 'part-start',
        index: 0,
        part: { kind: 'tool-call', id: 'toolu_1', name: 'long.name' },
      },
      { type: 'part-delta', index: 0, text: '{"a"' },
      { type: 'part-delta', index: 0, text: ':1}' },
      { type: 'part-end', index: 0 },
      { type: 'part-start', index: 1, part: { kind: 'tool-call', id: 'toolu_2', name: 'other' } },
      { type: 'part-delta', index: 1, text: '{"whole":true}' },
      { type: 'part-end', index: 1 },
      { type: 'part-start', index: 2, part: { kind: 'tool-call', id: 'toolu_3', name: 'other' } },
      { type: 'part-end', index: 2 },
    ])
  })

  it('unwraps the text of freeform tools', () => {
    const undo: Undo = { ...NOTHING_TO_UNDO, freeformTools: new Set(['apply_patch']) }
    expect(
      partsOf(
        [
          open(0, { type: 'tool_use', id: 't', name: 'apply_patch', input: {} }),
          jsonDelta(0, '{"input": "*** Be'),
          jsonDelta(0, 'gin\\n\\"x\\""}'),
          close(0),
        ],
        undo,
      ),
    ).toEqual([
      {
        type: 'part-start',
        index: 0,
        part: { kind: 'tool-call', id: 't', name: 'apply_patch', freeform: true },
      },
      { type: 'part-delta', index: 0, text: '*** Begin\n"x"' },
      { type: 'part-end', index: 0 },
    ])
  })

  it('shows the input of the answer’s tool as the answer, which then stops of itself', () => {
    const events = read(
      [
        START,
        open(0, { type: 'tool_use', id: 't', name: 'answer', input: {} }),
        jsonDelta(0, '{"a":'),
        jsonDelta(0, '1}'),
        close(0),
        ...end('tool_use'),
      ],
      { ...NOTHING_TO_UNDO, answerTool: 'answer' },
    )
    expect(events.slice(1)).toMatchObject([
      { type: 'part-start', part: { kind: 'text' } },
      { text: '{"a":' },
      { text: '1}' },
      { type: 'part-end' },
      { type: 'message-end', reason: 'stop' },
    ])
  })

  it('keeps citations with their text', () => {
    const citation = {
      type: 'web_search_result_location',
      url: 'https://example.com',
      title: 'T',
      cited_text: 'so',
      encrypted_index: 'x',
    }
    expect(
      partsOf([
        open(0, { type: 'text', text: '' }),
        textDelta(0, 'A'),
        more(0, { type: 'citations_delta', citation }),
        textDelta(0, 'B'),
        close(0),
      ]).slice(2, 4),
    ).toEqual([
      {
        type: 'part-start',
        index: 1,
        part: {
          kind: 'citation',
          of: 0,
          citation: {
            url: 'https://example.com',
            title: 'T',
            quote: 'so',
            native: { protocol: 'anthropic-messages', value: citation },
          },
        },
      },
      { type: 'part-end', index: 1 },
    ])
  })

  it('keeps blocks that only this protocol has', () => {
    const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }
    const found = { type: 'web_search_tool_result', tool_use_id: 's', content: [] }
    const events = partsOf([
      open(0, search),
      jsonDelta(0, '{"query":'),
      jsonDelta(0, '"x"}'),
      close(0),
      open(1, found),
      close(1),
      open(2, { type: 'compaction', content: null }),
      more(2, { type: 'compaction_delta', content: 'Summary.' }),
      close(2),
    ])
    expect(events.filter(({ type }) => type === 'part-start')).toEqual([
      { type: 'part-start', index: 0, part: native({ ...search, input: { query: 'x' } }) },
      { type: 'part-start', index: 1, part: native(found) },
      { type: 'part-start', index: 2, part: native({ type: 'compaction', content: 'Summary.' }) },
    ])
  })

  it.each([
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'context-full'],
    ['refusal', 'content-filter'],
    ['pause_turn', 'pause'],
    ['compaction', 'pause'],
    ['tool_use', 'stop'],
    ['invented', 'other'],
    ['constructor', 'other'],
    [null, 'stop'],
  ])('that stops with %s ends with %s', (stopReason, reason) => {
    expect(read([START, ...end(stopReason)]).at(-1)).toMatchObject({ reason })
  })

  it('ends with its calls, whatever its stop reason', () => {
    const called = [START, open(0, { type: 'tool_use', id: 't', name: 'n', input: {} }), close(0)]
    expect(read([...called, ...end('end_turn')]).at(-1)).toMatchObject({ reason: 'tool-calls' })
    expect(read([...called, ...end('max_tokens')]).at(-1)).toMatchObject({ reason: 'length' })
  })

  it('reports the sequence that stopped it', () => {
    const delta = { stop_reason: 'stop_sequence', stop_sequence: 'END' }
    expect(read([START, ...end('', { delta })]).at(-1)).toMatchObject({
      reason: 'stop-sequence',
      stopSequence: 'END',
    })
  })

  it('uses the last count of each kind', () => {
    const usage = {
      input_tokens: null,
      output_tokens: 20,
      cache_creation_input_tokens: 3,
      output_tokens_details: { thinking_tokens: 4 },
    }
    expect(read([START, ...end('end_turn', { usage })]).at(-1)).toMatchObject({
      usage: {
        inputTokens: 18,
        cacheReadTokens: 5,
        cacheWriteTokens: 3,
        outputTokens: 20,
        reasoningTokens: 4,
      },
    })
  })
})

describe('an invalid stream', () => {
  it('that ends early is broken', () => {
    expect(
      lastOf(stream(START, open(0, { type: 'text', text: '' }), textDelta(0, 'Hel'))),
    ).toMatchObject({ type: 'error', error: { code: 'upstream_broken' } })
    expect(lastOf(Buffer.from(''))).toMatchObject({ error: { code: 'upstream_broken' } })
  })

  it('that ends without message_stop is broken, even after its stop reason', () => {
    expect(lastOf(stream(START, ...end().slice(0, 1)))).toMatchObject({ type: 'error' })
  })

  it.each(['data: {"type":\n\n', 'data: [1]\n\n', 'data: <html>\n\n'])(
    'is invalid: %j',
    (garbage) => {
      const bytes = Buffer.concat([stream(START), Buffer.from(garbage), stream(...end())])
      expect(lastOf(bytes)).toMatchObject({ type: 'error', error: { code: 'upstream_invalid' } })
    },
  )

  it.each([
    ['overloaded_error', 'upstream_overloaded', 529],
    ['rate_limit_error', 'upstream_rate_limited', 429],
    ['api_error', 'upstream_failed', 500],
    ['invalid_request_error', 'upstream_rejected', 400],
    ['authentication_error', 'upstream_denied', 401],
    ['timeout_error', 'upstream_timeout', 504],
    ['invented_error', 'upstream_failed', 500],
  ])('that reports a %s fails with %s', (type, code, status) => {
    const error = { type, message: 'No.', details: { error_code: 'why' } }
    expect(lastOf(stream(START, { type: 'error', error } as { type: string }))).toMatchObject({
      error: { code, status, message: 'No.', vendorType: type, vendorCode: 'why' },
    })
  })

  it('sends nothing after its end', () => {
    const events = read([START, ...end(), START, open(0, { type: 'text', text: '' }), ...end()])
    expect(events.map(({ type }) => type)).toEqual(['message-start', 'message-end'])
  })

  it('is read as far as it makes sense', () => {
    expect(
      partsOf([
        textDelta(0, 'no start'),
        { type: 'invented_event' },
        more(0, { type: 'invented_delta', text: 'x' }),
        more(0, { type: 'thinking_delta', thinking: 'in a text' }),
        jsonDelta(7, '{}'),
        close(9),
        open(0, { type: 'thinking', thinking: 'again', signature: 'Er1' }),
      ]),
    ).toEqual([
      { type: 'part-start', index: 0, part: { kind: 'text' } },
      { type: 'part-delta', index: 0, text: 'no start' },
      { type: 'part-end', index: 0 },
      { type: 'part-start', index: 1, part: { kind: 'reasoning' } },
      { type: 'part-delta', index: 1, text: 'again' },
      { type: 'part-end', index: 1, signature: 'Er1' },
    ])
  })

  it('may lack its event lines and its message_start', () => {
    const bytes = Buffer.from(
      [textDelta(0, 'Hi'), ...end()]
        .map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`)
        .join(''),
    )
    const events = decode([bytes])
    expectWellFormed(events)
    expect(events.map(({ type }) => type)).toEqual([
      'message-start',
      'part-start',
      'part-delta',
      'part-end',
      'message-end',
    ])
  })
})
