import { describe, expect, it } from 'vitest'
import { GatewayError, type MessageEnd, type ModelEvent, NO_USAGE, type PartOpening } from '#model'
import { checkMessagesStream } from '../../tools/checkers/index.ts'
import { ANSWER, encode, toJson, USAGE } from '../../tools/protocols/anthropic-messages/codec.ts'

const START: ModelEvent = { type: 'message-start', id: 'chatcmpl-1', model: 'gpt' }
const finish = (reason: MessageEnd['reason'] = 'stop', fields: object = {}): ModelEvent => ({
  type: 'message-end',
  reason,
  usage: USAGE,
  ...fields,
})
const begin = (index: number, part: PartOpening): ModelEvent => ({
  type: 'part-start',
  index,
  part,
})
const delta = (index: number, text: string): ModelEvent => ({ type: 'part-delta', index, text })
const close = (index: number, signature?: string): ModelEvent =>
  signature === undefined ? { type: 'part-end', index } : { type: 'part-end', index, signature }
const call = (id: string, name = 'run'): PartOpening => ({ kind: 'tool-call', id, name })

/** The events of a legal stream, as JSON. */
const write = (...events: readonly ModelEvent[]): unknown[] => {
  const bytes = encode(events)
  expect(checkMessagesStream(bytes, { complete: true })).toEqual([])
  return toJson(bytes)
}

/** The blocks alone. */
const blocksOf = (...events: readonly ModelEvent[]): unknown[] =>
  write(START, ...events, finish()).slice(1, -2)

const opened = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
})
const grown = (index: number, more: object) => ({
  type: 'content_block_delta',
  index,
  delta: more,
})
const closed = (index: number) => ({ type: 'content_block_stop', index })
const TEXT = { type: 'text', text: '', citations: null }
const toolUse = (id: string, name = 'run') => ({
  type: 'tool_use',
  id,
  name,
  input: {},
  caller: { type: 'direct' },
})

const native = (value: object): PartOpening => ({
  kind: 'native',
  protocol: 'anthropic-messages',
  value,
})

describe('a message', () => {
  it('starts with the requested name and an input above zero', () => {
    expect(write(START, finish())[0]).toMatchObject({
      message: {
        id: 'chatcmpl-1',
        model: 'asked-model',
        content: [],
        usage: { input_tokens: 42, output_tokens: 0 },
      },
    })
    const [started] = write({ ...START, usage: USAGE }, finish())
    expect(started).toMatchObject({
      message: {
        usage: { input_tokens: 30, cache_read_input_tokens: 60, cache_creation_input_tokens: 10 },
      },
    })
  })

  it('ends with all that was counted', () => {
    expect(write(START, finish()).slice(-2)).toEqual([
      {
        type: 'message_delta',
        delta: {
          stop_reason: 'end_turn',
          stop_sequence: null,
          stop_details: null,
          container: null,
        },
        usage: {
          input_tokens: 30,
          cache_creation_input_tokens: 10,
          cache_read_input_tokens: 60,
          output_tokens: 20,
          output_tokens_details: { thinking_tokens: 5 },
          server_tool_use: null,
        },
      },
      { type: 'message_stop' },
    ])
    expect(write(START, finish('stop', { usage: NO_USAGE })).at(-2)).toMatchObject({
      usage: { input_tokens: 42 },
    })
  })

  it.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['context-full', 'model_context_window_exceeded'],
    ['content-filter', 'refusal'],
    ['pause', 'pause_turn'],
    ['other', 'end_turn'],
    ['tool-calls', 'end_turn'],
    ['stop-sequence', 'end_turn'],
  ] as const)('that ends with %s stops with %s', (reason, stop_reason) => {
    expect(write(START, finish(reason)).at(-2)).toMatchObject({ delta: { stop_reason } })
  })

  it('names the sequence that stopped it', () => {
    const ending = finish('stop-sequence', { stopSequence: 'END' })
    expect(write(START, ending).at(-2)).toMatchObject({
      delta: { stop_reason: 'stop_sequence', stop_sequence: 'END' },
    })
  })

  it('with a call stops with tool_use, unless it was cut short', () => {
    const called = [START, begin(0, call('a')), close(0)]
    expect(write(...called, finish('stop')).at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use' },
    })
    expect(write(...called, finish('length')).at(-2)).toMatchObject({
      delta: { stop_reason: 'max_tokens' },
    })
  })

  it('that refuses stops with refusal', () => {
    const events = write(START, begin(0, { kind: 'refusal' }), delta(0, 'No.'), close(0), finish())
    expect(events.slice(1, -1)).toEqual([
      opened(0, TEXT),
      grown(0, { type: 'text_delta', text: 'No.' }),
      closed(0),
      expect.objectContaining({
        delta: expect.objectContaining({
          stop_reason: 'refusal',
          stop_details: { type: 'refusal', category: null, explanation: null },
        }),
      }),
    ])
  })
})

describe('blocks', () => {
  it('are never opened for empty texts and reasoning', () => {
    expect(
      blocksOf(
        begin(0, { kind: 'text' }),
        delta(0, ''),
        close(0),
        begin(1, { kind: 'reasoning' }),
        close(1),
        begin(2, { kind: 'refusal' }),
        close(2),
      ),
    ).toEqual([])
  })

  it('show foreign reasoning under the name of its provider', () => {
    expect(blocksOf(begin(0, { kind: 'reasoning' }), delta(0, 'Hm.'), close(0))).toEqual([
      opened(0, { type: 'thinking', thinking: '', signature: '' }),
      grown(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      grown(0, { type: 'signature_delta', signature: 'sluice.deepseek.chatcmpl-1' }),
      closed(0),
    ])
  })

  it('keep a vendor’s own signature, with and without reasoning, and encrypted reasoning', () => {
    expect(
      blocksOf(
        begin(0, { kind: 'reasoning' }),
        delta(0, 'Hm.'),
        close(0, 'Er1'),
        begin(1, { kind: 'reasoning' }),
        close(1, 'Er2'),
        begin(2, { kind: 'reasoning', redacted: 'Em1' }),
        close(2),
      ).filter((event) => JSON.stringify(event).match(/signature_delta|redacted/)),
    ).toEqual([
      grown(0, { type: 'signature_delta', signature: 'Er1' }),
      grown(1, { type: 'signature_delta', signature: 'Er2' }),
      opened(2, { type: 'redacted_thinking', data: 'Em1' }),
    ])
  })

  it('follow each other if parts are interleaved', () => {
    const json = (index: number, partial_json: string) =>
      grown(index, { type: 'input_json_delta', partial_json })
    expect(
      blocksOf(
        begin(0, { kind: 'text' }),
        delta(0, 'A'),
        begin(1, call('a')),
        delta(1, '{"x":'),
        begin(2, call('b')),
        delta(2, '{}'),
        delta(0, 'B'),
        close(2),
        close(0),
        delta(1, '1}'),
        close(1),
      ),
    ).toEqual([
      opened(0, TEXT),
      grown(0, { type: 'text_delta', text: 'A' }),
      grown(0, { type: 'text_delta', text: 'B' }),
      closed(0),
      opened(1, toolUse('a')),
      json(1, '{"x":'),
      json(1, '1}'),
      closed(1),
      opened(2, toolUse('b')),
      json(2, '{}'),
      closed(2),
    ])
  })

  it('of tools have ids that are allowed and unlike each other', () => {
    const events = blocksOf(
      begin(0, call('same')),
      close(0),
      begin(1, call('same')),
      close(1),
      begin(2, call('functions.run:0')),
      close(2),
      begin(3, call('')),
      close(3),
    )
    const ids = events.flatMap((event) => {
      const { content_block } = event as { content_block?: { id: string } }
      return content_block ? [content_block.id] : []
    })
    expect(ids.slice(0, 2)).toEqual(['same', 'same_2'])
    expect(new Set(ids).size).toBe(4)
  })

  it('of freeform tools are an object around the text', () => {
    const events = blocksOf(
      begin(0, { ...call('a'), freeform: true } as PartOpening),
      delta(0, '"x"\n'),
      delta(0, 'é'),
      close(0),
    )
    const json = events.map((event) => {
      const { delta: grew } = event as { delta?: { partial_json?: string } }
      return grew?.partial_json ?? ''
    })
    expect(JSON.parse(json.join(''))).toEqual({ input: '"x"\né' })
  })

  it('have citations, also those that arrive before their text', () => {
    const url = { url: 'https://example.com', title: 'T' }
    expect(
      blocksOf(
        begin(0, { kind: 'text' }),
        begin(1, { kind: 'citation', of: 0, citation: url }),
        close(1),
        delta(0, 'A'),
        close(0),
      ),
    ).toEqual([
      opened(0, TEXT),
      grown(0, { type: 'text_delta', text: 'A' }),
      grown(0, {
        type: 'citations_delta',
        citation: {
          type: 'web_search_result_location',
          url: 'https://example.com',
          title: 'T',
          cited_text: '',
          encrypted_index: '',
        },
      }),
      closed(0),
    ])
  })

  it('that only this protocol has come back unchanged', () => {
    const search = {
      type: 'server_tool_use',
      id: 'srvtoolu_1',
      name: 'web_search',
      input: { query: 'x' },
      caller: { type: 'direct' },
    }
    expect(
      blocksOf(
        begin(0, native(search)),
        close(0),
        begin(1, native({ type: 'compaction', content: 'Summary.' })),
        close(1),
        begin(2, {
          kind: 'native',
          protocol: 'openai-responses',
          value: { type: 'computer_call' },
        }),
        close(2),
      ),
    ).toEqual([
      opened(0, { ...search, input: {} }),
      grown(0, { type: 'input_json_delta', partial_json: '{"query":"x"}' }),
      closed(0),
      opened(1, { type: 'compaction', content: null }),
      grown(1, { type: 'compaction_delta', content: 'Summary.' }),
      closed(1),
    ])
  })
})

describe('an invalid answer', () => {
  const error = { type: 'error', error: { type: 'api_error' }, request_id: null }

  it('ends with an error if the input of a call is not an object', () => {
    expect(
      write(START, begin(0, call('a')), delta(0, '{"a'), close(0), finish('tool-calls')).at(-1),
    ).toMatchObject(error)
  })

  it('may leave the input of its last call incomplete if it was cut off', () => {
    const events = write(
      START,
      begin(0, call('a')),
      delta(0, '{"a'),
      close(0),
      begin(1, call('b')),
      close(1),
      finish('length'),
    )
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'max_tokens' } })
  })

  it('ends with an error if a call has no name', () => {
    expect(write(START, begin(0, call('a', '')), finish()).at(-1)).toMatchObject(error)
  })

  it('that fails ends with the error, in the middle of a block and before the first', () => {
    const failed: ModelEvent = {
      type: 'error',
      error: new GatewayError('upstream_overloaded', 'Too many.'),
    }
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Too many.' } }
    const events = write(START, begin(0, { kind: 'text' }), delta(0, 'Hel'), failed, finish())
    expect(events.at(-1)).toMatchObject(overloaded)
    expect(write(failed)).toMatchObject([overloaded])
  })

  it('that stops early is reported as broken', () => {
    expect(write(START, begin(0, { kind: 'text' })).at(-1)).toMatchObject(error)
    expect(write()).toMatchObject([error])
  })

  it('has no event that was not begun', () => {
    expect(blocksOf(delta(3, 'x'), close(3))).toEqual([])
    expect(write(finish())[0]).toMatchObject({
      type: 'message_start',
      message: { id: 'msg_mgj6k3cw' },
    })
  })
})

it('splices text that is still escaped without looking at it', () => {
  const bytes = encode(
    [
      START,
      begin(0, { kind: 'text' }),
      {
        type: 'part-delta',
        index: 0,
        escaped: 'caf\u00c3\u00a9 \\u00e9\\n',
        get text(): string {
          throw new Error('not to be read')
        },
      },
      close(0),
      finish(),
    ],
    ANSWER,
  )
  expect(bytes.toString('utf8')).toContain('"text":"café \\u00e9\\n"}}')
})
