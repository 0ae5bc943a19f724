/** What is seen of a Responses stream that is relayed, and what is said when it breaks. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { openaiResponses } from '#protocols'
import { sseEvent } from '#streams'
import { checkResponsesStream } from '../../tools/checkers/index.ts'
import { cutAt, cuts } from '../../tools/streams/recut.ts'

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  model: 'gpt-5',
  status: 'in_progress',
  error: null,
  incomplete_details: null,
  instructions: 'Be brief.',
  metadata: {},
  output: [],
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  usage: null,
}
const ITEM = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] }
const PART = { type: 'output_text', text: '', annotations: [], logprobs: [] }
const IN_PART = { item_id: 'msg_1', output_index: 0, content_index: 0 }
const USAGE = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 5, cache_write_tokens: 2 },
  output_tokens: 4,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 13,
}

type Event = { type: string } & Record<string, unknown>

const CREATED: Event = { type: 'response.created', response: RESPONSE }
const STARTED: Event[] = [
  CREATED,
  { type: 'response.in_progress', response: RESPONSE },
  { type: 'response.output_item.added', output_index: 0, item: ITEM },
  { type: 'response.content_part.added', ...IN_PART, part: PART },
]

const delta = (text: string, more = {}): Event => ({
  type: 'response.output_text.delta',
  ...IN_PART,
  delta: text,
  logprobs: [],
  ...more,
})

const ended = (status: string, more = {}): Event => ({
  type: `response.${status}`,
  response: { ...RESPONSE, status, ...more },
})

const frames = (events: readonly Event[], first = 0): string =>
  events
    .map((event, index) => sseEvent(event.type, { ...event, sequence_number: first + index }))
    .join('')

const watch = (...pieces: readonly string[]) => {
  const tap = openaiResponses.createTap()
  for (const piece of pieces) tap.push(piece)
  return tap
}

const see = (...events: readonly Event[]) => watch(frames(events))

const more = (type: string): Event => ({ type, item_id: 'a', output_index: 0, delta: 'abc' })

describe('a stream', () => {
  it.each(['completed', 'incomplete', 'failed'])('has finished with response.%s', (status) => {
    expect(see(...STARTED, delta('a')).finished).toBe(false)
    expect(see(...STARTED, delta('a'), ended(status)).finished).toBe(true)
  })

  it('reports its usage at its end', () => {
    expect(see(...STARTED).usage).toEqual({})
    expect(see(...STARTED, ended('completed', { usage: USAGE })).usage).toEqual({
      inputTokens: 9,
      cacheReadTokens: 5,
      cacheWriteTokens: 2,
      outputTokens: 4,
      reasoningTokens: 3,
    })
  })

  it('that failed yields our error', () => {
    const error = { code: 'rate_limit_exceeded', message: 'Slow down.' }
    expect(see(CREATED, ended('failed', { error })).error).toMatchObject({
      code: 'upstream_rate_limited',
      message: 'Slow down.',
    })
  })

  it('forwards events without a valid type', () => {
    for (const type of [undefined, null, 3, { toString: 1 }, ['error']]) {
      const tap = watch(`data: ${JSON.stringify({ type, delta: 'abc' })}\n\n`)
      expect(tap).toMatchObject({ started: true, finished: false, error: undefined })
    }
  })

  it.each<[Event]>([
    [{ type: 'error', code: 'server_is_overloaded', message: 'Busy.', param: null }],
    [{ type: 'error', error: { code: 'server_is_overloaded', message: 'Busy.' } }],
  ])('may report an error in its course', (event) => {
    const tap = see(CREATED, event)
    expect(tap.error).toMatchObject({ code: 'upstream_overloaded', message: 'Busy.' })
    expect(tap.finished).toBe(false)
  })

  it('is watched through numbers and padding that differ in every event', () => {
    const tokens = Array.from({ length: 120 }, (_, index) =>
      delta('ab', { obfuscation: 'x'.repeat(index % 7) }),
    )
    const tap = see(...STARTED, ...tokens, ended('completed'))
    expect(tap).toMatchObject({ outputCharacters: 240, finished: true })
  })

  it('also counts reasoning and arguments, but no audio', () => {
    const tap = see(
      more('response.reasoning_summary_text.delta'),
      more('response.function_call_arguments.delta'),
      more('response.custom_tool_call_input.delta'),
      more('response.audio.delta'),
    )
    expect(tap.outputCharacters).toBe(9)
  })

  it('looks the same however the bytes are cut', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 6 })
    fc.assert(
      fc.property(texts, fc.boolean(), cuts, (said, whole, places) => {
        const events = [...STARTED, ...said.map((text) => delta(text))]
        const bytes = frames(whole ? [...events, ended('completed', { usage: USAGE })] : events)
        const { started, finished, midEvent, usage, outputCharacters, context } = watch(
          ...cutAt(bytes, places),
        )
        expect({ started, finished, midEvent, outputCharacters }).toEqual({
          started: true,
          finished: whole,
          midEvent: false,
          outputCharacters: said.join('').length,
        })
        expect(usage).toEqual(watch(bytes).usage)
        expect(context).toEqual(watch(bytes).context)
      }),
    )
  })
})

const check = (bytes: string) => checkResponsesStream(Buffer.from(bytes, 'latin1'))

describe('a stream that breaks', () => {
  const error = new GatewayError('upstream_broken', 'The stream broke.')
  const fail = (bytes: string, given = error) =>
    bytes + openaiResponses.encodeStreamError(given, 'req1', watch(bytes).context)

  it('ends with a failure of the answer that began', () => {
    const bytes = fail(frames([...STARTED, delta('a'), delta('b'), delta('c')]))
    expect(check(bytes)).toEqual([])
    const last = bytes.trimEnd().split('\n\n').at(-1) ?? ''
    expect(last).toContain('event: response.failed\n')
    expect(JSON.parse(last.slice(last.indexOf('{')))).toMatchObject({
      sequence_number: 7,
      response: {
        id: 'resp_1',
        status: 'failed',
        error: { code: 'server_error', message: 'The stream broke.' },
      },
    })
  })

  it('does not count the instructions that the answer repeats', () => {
    const bytes = frames(STARTED)
    expect(fail(bytes).slice(bytes.length)).not.toContain('Be brief.')
  })

  it('keeps the numbers of a resumed stream', () => {
    const bytes = frames([delta('a'), delta('b'), delta('c')], 41)
    expect(fail(bytes).slice(bytes.length)).toContain('"sequence_number":44')
  })

  it('before its first event is a separate failure', () => {
    expect(fail('')).toContain('"id":"resp_req1"')
  })

  it.each([
    [new GatewayError('upstream_overloaded', 'x'), 'server_is_overloaded'],
    [new GatewayError('upstream_rate_limited', 'x'), 'rate_limit_exceeded'],
    [new GatewayError('upstream_timeout', 'x'), 'server_error'],
    [
      new GatewayError('upstream_rejected', 'x', { vendorCode: 'context_length_exceeded' }),
      'context_length_exceeded',
    ],
  ])('tells the client by its code whether to retry', (given, code) => {
    expect(fail(frames([CREATED]), given)).toContain(`"error":{"code":"${code}","message":"x"}`)
  })
})

describe('a complete answer', () => {
  it('reports its usage', () => {
    expect(openaiResponses.decodeUsage({ usage: USAGE })).toMatchObject({ inputTokens: 9 })
    expect(openaiResponses.decodeUsage({ usage: {} })).toBeUndefined()
    expect(openaiResponses.decodeUsage({})).toBeUndefined()
  })
})
