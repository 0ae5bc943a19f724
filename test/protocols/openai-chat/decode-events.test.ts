/** Streams as OpenAI sends them. */
import { describe, expect, it } from 'vitest'
import { foldMessage } from '#model'
import { NOTHING_TO_UNDO } from '#protocols'
import {
  chunk,
  decode,
  decodeChunks,
  DONE,
  errorOf,
  readChunks,
  stream,
} from '../../tools/protocols/openai-chat/codec.ts'

const ROLE = chunk({ role: 'assistant', content: '', refusal: null })

const pad = (content: string, obfuscation: string) => chunk({ content }, null, { obfuscation })

describe('a stream of text', () => {
  it('becomes one text part between its start and its end', () => {
    const events = decodeChunks(
      ROLE,
      chunk({ content: 'Hello' }),
      chunk({ content: ', ' }),
      chunk({ content: 'wörld "☃"' }),
      chunk({}, 'stop'),
      chunk({}, null, { choices: [], usage: { prompt_tokens: 5, completion_tokens: 3 } }),
      DONE,
    )
    expect(events.map((event) => (event.type === 'part-delta' ? event.text : event.type))).toEqual([
      'message-start',
      'part-start',
      'Hello',
      ', ',
      'wörld "☃"',
      'part-end',
      'message-end',
    ])
    expect(events[0]).toEqual({ type: 'message-start', id: 'chatcmpl-1', model: 'upstream-model' })
    expect(events.at(-1)).toMatchObject({
      reason: 'stop',
      usage: { inputTokens: 5, outputTokens: 3 },
    })
  })

  it('gives escaped text from the second token on, and plain text beside it', () => {
    const [, , first, second] = decodeChunks(
      ROLE,
      chunk({ content: 'a' }),
      chunk({ content: 'b\n"é"' }),
      chunk({}, 'stop'),
    )
    expect(first).toEqual({ type: 'part-delta', index: 0, text: 'a' })
    expect(second).toMatchObject({ text: 'b\n"é"', escaped: 'b\\n\\"\xc3\xa9\\"' })
  })

  it('may pad its chunks with random text', () => {
    const events = decodeChunks(ROLE, pad('a', 'xyz'), pad('b', 'x'), pad('c', ''), DONE)
    const deltas = events.filter((event) => event.type === 'part-delta')
    expect(deltas.map(({ text }) => text)).toEqual(['a', 'b', 'c'])
    expect(deltas.map(({ escaped }) => escaped)).toEqual([undefined, 'b', 'c'])
  })

  it('with nothing in it is an answer still', () => {
    expect(readChunks(ROLE, chunk({}, 'stop'), DONE)).toMatchObject({ parts: [], reason: 'stop' })
  })
})

describe('the end', () => {
  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content-filter'],
    ['something_new', 'other'],
    ['constructor', 'other'],
  ])('%s is %s', (wire, reason) => {
    expect(readChunks(chunk({ content: 'a' }, wire), DONE).reason).toBe(reason)
  })

  it('arrives with [DONE], without a finish_reason', () => {
    expect(readChunks(chunk({ content: 'a' }), DONE).reason).toBe('stop')
  })

  it('arrives with a finish_reason, without [DONE]', () => {
    expect(readChunks(chunk({ content: 'a' }, 'stop')).reason).toBe('stop')
  })

  it('waits for usage after the finish_reason', () => {
    const usage = { prompt_tokens: 9, completion_tokens: 1 }
    const answer = readChunks(
      chunk({ content: 'a' }, 'stop'),
      chunk({}, null, { choices: [], usage }),
    )
    expect(answer.usage.inputTokens).toBe(9)
  })

  it('that never arrives is an error', () => {
    const cut = decodeChunks(ROLE, chunk({ content: 'a' }))
    expect(errorOf(cut)).toMatchObject({ code: 'upstream_broken', status: 502 })
    expect(errorOf(decodeChunks())).toMatchObject({ code: 'upstream_broken' })
  })

  it('is not reported twice', () => {
    const events = decodeChunks(
      chunk({ content: 'a' }, 'stop'),
      DONE,
      chunk({ content: 'b' }),
      { error: { message: 'late' } },
      DONE,
    )
    expect(events.filter(({ type }) => type === 'message-end')).toHaveLength(1)
    expect(events.at(-1)?.type).toBe('message-end')
  })
})

describe('usage', () => {
  it('counts cached tokens as part of the input', () => {
    const { usage } = readChunks(chunk({ content: 'a' }, 'stop'), {
      choices: [],
      usage: {
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
        completion_tokens_details: { reasoning_tokens: 15 },
      },
    })
    expect(usage).toEqual({
      inputTokens: 100,
      cacheReadTokens: 60,
      cacheWriteTokens: 10,
      outputTokens: 20,
      reasoningTokens: 15,
    })
  })

  it('that was never reported is estimated from the text', () => {
    const { usage } = readChunks(
      chunk({ content: 'a'.repeat(40) }),
      chunk({ content: 'b'.repeat(40) }),
      chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }] }),
      DONE,
    )
    expect(usage).toMatchObject({ inputTokens: 0, outputTokens: 21, estimated: true })
  })
})

const call = (fields: object, index = 0) => chunk({ tool_calls: [{ index, ...fields }] })

const open = (id: string, name: string, index = 0) =>
  call({ id, type: 'function', function: { name, arguments: '' } }, index)

const more = (text: string, index = 0) => call({ function: { arguments: text } }, index)

describe('a tool call', () => {
  it('is opened once, and grows by its arguments', () => {
    const events = decodeChunks(
      ROLE,
      open('call_1', 'weather'),
      more('{"city":'),
      more('"Köln"}'),
      chunk({}, 'tool_calls'),
      DONE,
    )
    expect(events.map(({ type }) => type)).toEqual([
      'message-start',
      'part-start',
      'part-delta',
      'part-delta',
      'part-end',
      'message-end',
    ])
    expect(events[1]).toEqual({
      type: 'part-start',
      index: 0,
      part: { kind: 'tool-call', id: 'call_1', name: 'weather' },
    })
    expect(events[3]).toMatchObject({ escaped: '\\"K\xc3\xb6ln\\"}' })
    expect(events.at(-1)).toMatchObject({ reason: 'tool-calls' })
  })

  it('closes the text before it', () => {
    const events = decodeChunks(chunk({ content: 'Let me see.' }), open('call_1', 'f'), more('{}'))
    expect(events.slice(1, 5).map(({ type }) => type)).toEqual([
      'part-start',
      'part-delta',
      'part-end',
      'part-start',
    ])
  })

  it('may mix its arguments with those of another', () => {
    const answer = readChunks(
      open('call_1', 'a', 0),
      open('call_2', 'b', 1),
      more('{"x"', 0),
      more('{"y"', 1),
      more(':1}', 0),
      more(':2}', 1),
      chunk({}, 'tool_calls'),
    )
    expect(answer.parts).toEqual([
      { kind: 'tool-call', id: 'call_1', name: 'a', arguments: '{"x":1}' },
      { kind: 'tool-call', id: 'call_2', name: 'b', arguments: '{"y":2}' },
    ])
  })

  it('is ended when its arguments are complete and the next begins', () => {
    const events = decodeChunks(
      open('call_1', 'a', 0),
      more('{"x":1}', 0),
      open('call_2', 'b', 1),
      more('{}', 1),
      chunk({}, 'tool_calls'),
    )
    expect(events.slice(1, 5).map(({ type }) => type)).toEqual([
      'part-start',
      'part-delta',
      'part-end',
      'part-start',
    ])
  })

  it('of a freeform tool has plain text for input', () => {
    const answer = readChunks(
      call({ id: 'call_1', type: 'custom', custom: { name: 'patch', input: '' } }),
      call({ custom: { input: '*** Begin' } }),
      call({ custom: { input: ' Patch' } }),
      chunk({}, 'tool_calls'),
    )
    expect(answer.parts).toEqual([
      {
        kind: 'tool-call',
        id: 'call_1',
        name: 'patch',
        arguments: '*** Begin Patch',
        freeform: true,
      },
    ])
  })

  describe('of a freeform tool that was sent as a function', () => {
    const undo = {
      toolNames: new Map([['patch_1', 'patch.it']]),
      freeformTools: new Set(['patch.it']),
    }
    const freeform = (id: string, text: string) => ({
      kind: 'tool-call',
      id,
      name: 'patch.it',
      arguments: text,
      freeform: true,
    })

    it('is plain text again, however many pieces it had', () => {
      const events = decode(
        [
          stream(
            open('call_1', 'patch_1', 0),
            ...['{"in', 'put":"*** Be', 'gin\\n', '\\u00e', '9', '"', '}'].map((text) =>
              more(text, 0),
            ),
            open('call_2', 'a', 1),
            more('{"x":1}', 1),
            open('call_3', 'patch_1', 2),
            more('{"input":"', 2),
            more('b"}', 2),
            chunk({}, 'tool_calls'),
            DONE,
          ),
        ],
        undo,
      )
      expect(foldMessage(events).parts).toEqual([
        freeform('call_1', '*** Begin\né'),
        { kind: 'tool-call', id: 'call_2', name: 'a', arguments: '{"x":1}' },
        freeform('call_3', 'b'),
      ])
    })

    it('is not reported after the answer has failed', () => {
      const failed = { error: { message: 'Overloaded.', code: 'server_is_overloaded' } }
      const chunks = [
        open('call_1', 'patch_1', 0),
        more('{"in', 0),
        chunk({}, 'tool_calls'),
        failed,
      ]
      const events = decode([stream(...chunks)], undo)
      expect(events.map(({ type }) => type)).toEqual(['message-start', 'part-start', 'error'])
    })

    it('is unchanged if it is not such an object', () => {
      const chunks = [open('call_1', 'patch_1', 0), more('{"other":1}', 0), chunk({}, 'tool_calls')]
      expect(foldMessage(decode([stream(...chunks, DONE)], undo)).parts).toEqual([
        freeform('call_1', '{"other":1}'),
      ])
    })
  })

  it('has the name again that the client knows', () => {
    const toolNames = new Map([['short_1', 'mcp__a_very_long_name']])
    const events = decode([stream(open('call_1', 'short_1'), DONE)], {
      ...NOTHING_TO_UNDO,
      toolNames,
    })
    expect(events[1]).toMatchObject({ part: { name: 'mcp__a_very_long_name' } })
  })

  it('that was cut off keeps the reason', () => {
    const answer = readChunks(open('call_1', 'a'), more('{"x":'), chunk({}, 'length'))
    expect(answer).toMatchObject({ reason: 'length', parts: [{ arguments: '{"x":' }] })
  })
})

describe('an error inside the stream', () => {
  it('ends the answer with its message', () => {
    const events = decodeChunks(ROLE, chunk({ content: 'a' }), {
      error: { message: 'Overloaded.', type: 'server_error', code: 'server_is_overloaded' },
    })
    expect(errorOf(events)).toEqual({
      code: 'upstream_overloaded',
      status: 503,
      message: 'Overloaded.',
    })
  })

  it.each([
    [{ error: { message: 'Slow down', code: 429 } }, 'upstream_rate_limited', 'Slow down'],
    [{ error: { message: 'x', code: 'context_length_exceeded' } }, 'upstream_rejected', 'x'],
    [{ error: 'plain words' }, 'upstream_failed', 'plain words'],
    [{ error: { code: 'constructor' } }, 'upstream_failed', expect.any(String)],
  ])('%j is %s', (event, code, message) => {
    expect(errorOf(decodeChunks(event))).toMatchObject({ code, message })
  })

  it('may be indicated by the name of the event only', () => {
    const named = Buffer.from('event: error\ndata: {"message":"Gone."}\n\n')
    expect(errorOf(decode([stream(ROLE), named]))).toMatchObject({ message: 'Gone.' })
  })

  it.each(['not json', '[1]', '"text"', 'null', '{"id":'])('%s is one', (data) => {
    expect(errorOf(decodeChunks(ROLE, data, DONE))).toMatchObject({ code: 'upstream_invalid' })
  })

  it('is the result of a stream without an answer', () => {
    expect(errorOf(decodeChunks(DONE))).toMatchObject({ code: 'upstream_invalid' })
    expect(errorOf(decodeChunks({ object: 'ping' }, DONE))).toMatchObject({
      code: 'upstream_invalid',
    })
  })
})
