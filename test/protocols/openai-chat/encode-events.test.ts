/** What a chat client reads of an answer in the vocabulary. */
import { describe, expect, it } from 'vitest'
import {
  GatewayError,
  type FinishReason,
  type ModelEvent,
  NO_USAGE,
  type PartOpening,
  type Usage,
} from '#model'
import { checkChatStream } from '../../tools/checkers/index.ts'
import { ANSWER, encode, toJson } from '../../tools/protocols/openai-chat/codec.ts'

const START: ModelEvent = { type: 'message-start', id: 'msg_1', model: 'claude' }
const USAGE: Usage = {
  inputTokens: 100,
  cacheReadTokens: 60,
  cacheWriteTokens: 10,
  outputTokens: 20,
  reasoningTokens: 15,
}

const end = (reason: FinishReason = 'stop', usage = USAGE): ModelEvent => ({
  type: 'message-end',
  reason,
  usage,
})

const part = (index: number, opening: PartOpening, ...texts: string[]): ModelEvent[] => [
  { type: 'part-start', index, part: opening },
  ...texts.map((text): ModelEvent => ({ type: 'part-delta', index, text })),
  { type: 'part-end', index },
]

const CALL: PartOpening = { kind: 'tool-call', id: 'toolu_1', name: 'weather' }

const deltasOf = (events: ModelEvent[]) =>
  toJson(encode(events)).flatMap((chunk) =>
    (chunk.choices as { delta: object }[]).map(({ delta }) => delta),
  )

const finishOf = (events: ModelEvent[]) =>
  toJson(encode(events))
    .flatMap((chunk) => chunk.choices as { finish_reason: string | null }[])
    .map(({ finish_reason }) => finish_reason)
    .at(-1)

describe('a stream of text', () => {
  const events = [START, ...part(0, { kind: 'text' }, 'Hel', 'lo ☃'), end()]

  it('is written chunk by chunk, with one id and the requested name', () => {
    expect(encode(events).toString()).toBe(
      [
        '{"id":"msg_1","object":"chat.completion.chunk","created":1760000000,"model":"asked-model","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}',
        '{"id":"msg_1","object":"chat.completion.chunk","created":1760000000,"model":"asked-model","choices":[{"index":0,"delta":{"content":"Hel"},"logprobs":null,"finish_reason":null}],"usage":null}',
        '{"id":"msg_1","object":"chat.completion.chunk","created":1760000000,"model":"asked-model","choices":[{"index":0,"delta":{"content":"lo ☃"},"logprobs":null,"finish_reason":null}],"usage":null}',
        '{"id":"msg_1","object":"chat.completion.chunk","created":1760000000,"model":"asked-model","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}',
        '{"id":"msg_1","object":"chat.completion.chunk","created":1760000000,"model":"asked-model","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":10},"completion_tokens_details":{"reasoning_tokens":15},"cache_read_input_tokens":60,"cache_creation_input_tokens":10}}',
        '[DONE]',
      ]
        .map((data) => `data: ${data}\n\n`)
        .join(''),
    )
  })

  it('is legal', () => {
    expect(checkChatStream(encode(events), { includeUsage: true, model: 'asked-model' })).toEqual(
      [],
    )
  })

  it('has no usage if the client did not request it', () => {
    const bytes = encode(events, { ...ANSWER, usageInStream: false })
    expect(bytes.toString()).not.toContain('usage')
    expect(checkChatStream(bytes, { includeUsage: false })).toEqual([])
  })

  it('copies escaped text unchanged', () => {
    const escaped: ModelEvent = {
      type: 'part-delta',
      index: 0,
      text: '☃\n',
      escaped: '\xe2\x98\x83\\u000a',
    }
    const [first, , ...rest] = part(0, { kind: 'text' }, 'x')
    const bytes = encode([START, first as ModelEvent, escaped, ...rest, end()])
    expect(bytes.toString()).toContain('"content":"☃\\u000a"')
  })
})

const call = (index: number, more: object) => ({ tool_calls: [{ index, ...more }] })

const open = (id: string) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: '' },
})

const idOf = (id: string) => {
  const [, opened] = deltasOf([START, ...part(0, { ...CALL, id }, '{}'), end('tool-calls')])
  return (opened as { tool_calls: { id: string }[] }).tool_calls[0]?.id
}

describe('a tool call', () => {
  it('is numbered from 0, and named in its first delta only', () => {
    const events = [
      START,
      ...part(0, CALL, '{"city":', '"Köln"}'),
      ...part(1, { ...CALL, id: 'toolu_2' }, '{}'),
      end('tool-calls'),
    ]
    expect(deltasOf(events).slice(1)).toEqual([
      call(0, open('toolu_1')),
      call(0, { function: { arguments: '{"city":' } }),
      call(0, { function: { arguments: '"Köln"}' } }),
      call(1, open('toolu_2')),
      call(1, { function: { arguments: '{}' } }),
      {},
    ])
    expect(finishOf(events)).toBe('tool_calls')
  })

  it('without arguments has an empty object', () => {
    expect(deltasOf([START, ...part(0, CALL), end('tool-calls')])).toContainEqual({
      tool_calls: [{ index: 0, function: { arguments: '{}' } }],
    })
  })

  it('of a freeform tool has input, and may have none', () => {
    const freeform: PartOpening = { ...CALL, freeform: true }
    const deltas = deltasOf([START, ...part(0, freeform, 'text'), end('tool-calls')])
    expect(deltas.slice(1, -1)).toEqual([
      {
        tool_calls: [
          { index: 0, id: 'toolu_1', type: 'custom', custom: { name: 'weather', input: '' } },
        ],
      },
      { tool_calls: [{ index: 0, custom: { input: 'text' } }] },
    ])
    const empty = encode([START, ...part(0, freeform), end('tool-calls')])
    expect(checkChatStream(empty)).toEqual([])
  })

  it('has an id of at most 40 characters, and always the same one', () => {
    const long = 'toolu_'.padEnd(60, 'x')
    expect(idOf(long)).toHaveLength(29)
    expect(idOf(long)).toBe(idOf(long))
    expect(idOf('x'.repeat(40))).toBe('x'.repeat(40))
  })

  it('whose arguments are not a JSON object ends in an error, unless the answer was cut off', () => {
    const broken = part(0, CALL, '{"city":')
    expect(encode([START, ...broken, end('tool-calls')]).toString()).toMatch(
      /data: \{"error":\{"message":"The upstream called a tool with arguments that are no JSON object\."[^\n]*\n\n$/,
    )
    expect(finishOf([START, ...broken, end('length')])).toBe('length')
  })
})

describe('reasoning', () => {
  it('is in reasoning_content', () => {
    const events = [START, ...part(0, { kind: 'reasoning' }, 'Hm', '.'), end()]
    expect(deltasOf(events).slice(1, -1)).toEqual([
      { reasoning_content: 'Hm' },
      { reasoning_content: '.' },
    ])
  })

  it('that is signed is repeated, complete, with its signature', () => {
    const [first, ...rest] = part(0, { kind: 'reasoning' }, 'Hm "\u0000$&', '☃')
    const signed: ModelEvent = { type: 'part-end', index: 0, signature: 'c2ln$&' }
    const events = [START, first as ModelEvent, ...rest.slice(0, -1), signed, end()]
    expect(deltasOf(events)).toContainEqual({
      reasoning_details: [
        {
          type: 'reasoning.text',
          text: 'Hm "\u0000$&☃',
          signature: 'c2ln$&',
          format: 'anthropic-claude-v1',
          index: 0,
        },
      ],
    })
  })

  it('that are signed only, and those that are sealed, keep their order', () => {
    const events: ModelEvent[] = [
      START,
      { type: 'part-start', index: 0, part: { kind: 'reasoning' } },
      { type: 'part-end', index: 0, signature: 'one' },
      ...part(1, { kind: 'reasoning', redacted: 'sealed' }),
      { type: 'part-start', index: 2, part: { kind: 'reasoning' } },
      { type: 'part-end', index: 2, signature: 'three' },
      end(),
    ]
    const format = 'anthropic-claude-v1'
    expect(deltasOf(events).slice(1, -1)).toEqual([
      {
        reasoning_details: [
          { type: 'reasoning.text', text: '', signature: 'one', format, index: 0 },
        ],
      },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'sealed', format, index: 1 }] },
      {
        reasoning_details: [
          { type: 'reasoning.text', text: '', signature: 'three', format, index: 2 },
        ],
      },
    ])
  })
})

describe('the end', () => {
  it.each<[FinishReason, string]>([
    ['stop', 'stop'],
    ['stop-sequence', 'stop'],
    ['length', 'length'],
    ['context-full', 'length'],
    ['content-filter', 'content_filter'],
    ['pause', 'stop'],
    ['other', 'stop'],
    ['tool-calls', 'stop'],
  ])('by %s is %s if no tool was called', (reason, wire) => {
    expect(finishOf([START, ...part(0, { kind: 'text' }, 'a'), end(reason)])).toBe(wire)
  })

  it.each<[FinishReason, string]>([
    ['stop', 'tool_calls'],
    ['tool-calls', 'tool_calls'],
    ['pause', 'tool_calls'],
    ['length', 'length'],
    ['content-filter', 'content_filter'],
  ])('by %s is %s if a tool was called', (reason, wire) => {
    expect(finishOf([START, ...part(0, CALL, '{}'), end(reason)])).toBe(wire)
  })

  it('reports our estimate of the input if the upstream reported none', () => {
    const last = toJson(encode([START, end('stop', { ...NO_USAGE, outputTokens: 3 })])).at(-1)
    expect(last?.usage).toMatchObject({
      prompt_tokens: 42,
      completion_tokens: 3,
      total_tokens: 45,
    })
  })

  it('reports parts of usage that never exceed their total', () => {
    const odd = { ...USAGE, inputTokens: 50, outputTokens: 10 }
    const bytes = encode([START, end('stop', odd)])
    expect(checkChatStream(bytes, { includeUsage: true })).toEqual([])
  })
})

describe('an error', () => {
  it('is the last event, without finish_reason and [DONE]', () => {
    const error = new GatewayError('upstream_overloaded', 'Overloaded')
    const bytes = encode([
      START,
      ...part(0, { kind: 'text' }, 'a'),
      { type: 'error', error },
      ...part(1, { kind: 'text' }, 'b'),
      end(),
    ])
    expect(bytes.toString()).toMatch(
      /\n\ndata: \{"error":\{"message":"Overloaded","type":"api_error","param":null,"code":"server_is_overloaded"\}\}\n\n$/,
    )
    expect(checkChatStream(bytes)).toEqual([])
  })

  it('is the result of a sequence without an end', () => {
    const text = encode([START, ...part(0, { kind: 'text' }, 'a')]).toString()
    expect(text).toContain('"code":"upstream_broken"')
    expect(text).not.toContain('[DONE]')
  })
})

describe('content without an equivalent', () => {
  it('is omitted', () => {
    const events = [
      START,
      ...part(0, { kind: 'text' }, 'a'),
      ...part(1, { kind: 'citation', of: 0, citation: { quote: 'x' } }),
      ...part(2, { kind: 'native', protocol: 'anthropic-messages', value: { type: 'x' } }),
      ...part(3, { kind: 'audio', id: 'a', format: 'wav' }, 'UklGRg=='),
      end(),
    ]
    expect(deltasOf(events).slice(1)).toEqual([{ content: 'a' }, {}])
  })
})
