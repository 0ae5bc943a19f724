/** What a Responses client reads. */
import { describe, expect, it } from 'vitest'
import { type FinishReason, type ModelEvent, NO_USAGE, type PartOpening } from '#model'
import { checkResponsesStream } from '../../tools/checkers/index.ts'
import {
  ANSWER,
  decodeRequest,
  encode,
  encodeMessage,
  toJson,
} from '../../tools/protocols/openai-responses/codec.ts'

const answer = (
  parts: readonly (readonly [PartOpening, string, string?])[],
  reason: FinishReason = 'stop',
): ModelEvent[] => [
  { type: 'message-start', id: 'msg_up', model: 'up' },
  ...parts.flatMap(([part, text, signature], index): ModelEvent[] => [
    { type: 'part-start', index, part },
    ...(text === '' ? [] : [{ type: 'part-delta', index, text } as const]),
    signature === undefined ? { type: 'part-end', index } : { type: 'part-end', index, signature },
  ]),
  { type: 'message-end', reason, usage: { ...NO_USAGE, inputTokens: 9, outputTokens: 3 } },
]

const request = decodeRequest({
  model: 'm',
  input: 'Hi',
  instructions: 'Be brief.',
  temperature: 0.5,
  metadata: { job: 'nightly' },
  tools: [
    { type: 'namespace', name: 'ns', tools: [{ type: 'function', name: 'find' }] },
    { type: 'tool_search', execution: 'client' },
    { type: 'custom', name: 'apply_patch' },
  ],
})

const read = (events: readonly ModelEvent[]) => {
  const bytes = encode(events, { ...ANSWER, request })
  expect(checkResponsesStream(bytes, { model: 'asked-model' })).toEqual([])
  return toJson(bytes)
}

const itemsOf = (events: readonly ModelEvent[]) =>
  read(events)
    .filter(({ type }) => type === 'response.output_item.done')
    .map(({ item }) => item)

const call = (name: string, more = {}): PartOpening => ({
  kind: 'tool-call',
  id: 'call_1',
  name,
  ...more,
})

describe('a call', () => {
  it('returns to the group of its tool', () => {
    expect(itemsOf(answer([[call('ns__find'), '{"a":1}']], 'tool-calls'))).toEqual([
      expect.objectContaining({
        type: 'function_call',
        call_id: 'call_1',
        namespace: 'ns',
        name: 'find',
        arguments: '{"a":1}',
        status: 'completed',
      }),
    ])
  })

  it('of the search for tools is one to the client', () => {
    expect(itemsOf(answer([[call('tool_search'), '{"query":"x"}']], 'tool-calls'))).toEqual([
      expect.objectContaining({
        type: 'tool_search_call',
        call_id: 'call_1',
        execution: 'client',
        arguments: { query: 'x' },
      }),
    ])
  })

  it('of a freeform tool has plain text', () => {
    const [part, text] = [call('apply_patch', { freeform: true }), '*** Begin "x"']
    expect(itemsOf(answer([[part, text]], 'tool-calls'))).toEqual([
      expect.objectContaining({ type: 'custom_tool_call', name: 'apply_patch', input: text }),
    ])
  })

  it('with a long id always gets the same short one', () => {
    const long = call('f', { id: 'x'.repeat(80) })
    const [item] = itemsOf(answer([[long, '{}']], 'tool-calls'))
    expect(item).toMatchObject({ call_id: expect.stringMatching(/^call_\w{1,59}$/) })
    expect(itemsOf(answer([[long, '{}']], 'tool-calls'))).toEqual([item])
  })

  it('that is invalid fails the answer, and is unchanged if it was cut off', () => {
    expect(read(answer([[call('f'), '{"a":']], 'tool-calls')).at(-1)?.type).toBe('response.failed')
    expect(read(answer([[call('f'), '{"a":']], 'length')).at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ arguments: '{"a":', status: 'incomplete' }],
      },
    })
  })
})

describe('reasoning', () => {
  it.each([
    ['with the signature of their vendor', 'Er+/==', 'Er+/=='],
    ['with the name of a provider that signs nothing', undefined, 'sluice.somewhere.msg_up'],
  ])('comes back %s', (_, signature, expected) => {
    const items = itemsOf(answer([[{ kind: 'reasoning' }, 'Hm "so".', signature]]))
    const { turns } = decodeRequest({ model: 'm', input: items })
    expect(turns[0]?.parts[0]).toEqual({
      kind: 'reasoning',
      text: 'Hm "so".',
      signature: expected,
    })
  })

  it('that nobody can read comes back encrypted', () => {
    const items = itemsOf(answer([[{ kind: 'reasoning', redacted: 'zz' }, '']]))
    const { turns } = decodeRequest({ model: 'm', input: items })
    expect(turns[0]?.parts[0]).toEqual({ kind: 'reasoning', text: '', redacted: 'zz' })
  })
})

describe('the response', () => {
  it('repeats the request, and reports the complete answer and its usage', () => {
    expect(read(answer([[{ kind: 'text' }, 'Hi']])).at(-1)).toMatchObject({
      type: 'response.completed',
      response: {
        instructions: 'Be brief.',
        temperature: 0.5,
        metadata: { job: 'nightly' },
        tools: [{ type: 'namespace' }, { type: 'tool_search' }, { type: 'custom' }],
        output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }],
        usage: { input_tokens: 9, output_tokens: 3, total_tokens: 12 },
      },
    })
  })

  it('is never empty if it is complete', () => {
    expect(read(answer([])).at(-1)).toMatchObject({ response: { output: [{ type: 'message' }] } })
  })

  it('is reported once for storage', () => {
    const told: unknown[] = []
    const remember = (response: unknown) => void told.push(response)
    const last = toJson(encode(answer([[{ kind: 'text' }, 'Hi']]), { ...ANSWER, remember })).at(-1)
    expect(told).toEqual([last?.response])
    const usage = NO_USAGE
    const message = { id: 'a', model: 'b', parts: [], reason: 'stop', usage } as const
    const body = encodeMessage(message, { ...ANSWER, remember })
    expect(told).toEqual([last?.response, body])
  })

  it('that failed is the same response that began', () => {
    const events = read(answer([[{ kind: 'text' }, 'Hi']]).slice(0, 3))
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { id: expect.stringMatching(/^resp_/), error: { code: 'server_error' } },
    })
  })
})
