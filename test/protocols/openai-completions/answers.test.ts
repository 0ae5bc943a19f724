/** What an editor reads of an answer: text and an end, whatever happens. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage, GatewayError, type FinishReason, type ModelEvent, NO_USAGE } from '#model'
import { NOTHING_TO_UNDO, openaiChat, openaiCompletions } from '#protocols'
import { checkCompletionsAnswer, checkCompletionsStream } from '../../tools/checkers/index.ts'
import { anyEvents, plainSentences } from '../../tools/protocols/random-sentences.ts'
import {
  ANSWER,
  chunk,
  decode,
  decodeMessage,
  encode,
  encodeMessage,
  part,
  stream,
} from '../../tools/protocols/openai-completions/codec.ts'

const START: ModelEvent = { type: 'message-start', id: 'msg_1', model: 'claude' }
const USAGE = { ...NO_USAGE, inputTokens: 10, outputTokens: 5 }
const end = (reason: FinishReason = 'stop'): ModelEvent => ({
  type: 'message-end',
  reason,
  usage: USAGE,
})
const HEAD =
  '{"id":"msg_1","object":"text_completion","created":1760000000,"model":"asked-model","choices":'

const finishOf = (bytes: Buffer): string | undefined =>
  [...bytes.toString().matchAll(/"finish_reason":"(\w+)"/g)].at(-1)?.[1]

describe('a stream of text', () => {
  const events = [START, ...part(0, { kind: 'text' }, 'x: "i', 'nt" ☃'), end()]

  it('is written chunk by chunk, with one id and the requested name', () => {
    const said = (text: string, finish: string) =>
      `${HEAD}[{"text":"${text}","index":0,"logprobs":null,"finish_reason":${finish}}],"usage":null}`
    expect(encode(events).toString()).toBe(
      [
        said(String.raw`x: \"i`, 'null'),
        said(String.raw`nt\" ☃`, 'null'),
        said('', '"stop"'),
        `${HEAD}[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}`,
        '[DONE]',
      ]
        .map((data) => `data: ${data}\n\n`)
        .join(''),
    )
  })

  it('has no usage if the client did not request it', () => {
    const bytes = encode(events, { ...ANSWER, usageInStream: false })
    expect(bytes.toString()).not.toContain('usage')
    expect(checkCompletionsStream(bytes, { includeUsage: false, model: 'asked-model' })).toEqual([])
  })
})

it('omits reasoning and calls', () => {
  const bytes = encode([
    START,
    ...part(0, { kind: 'reasoning' }, 'let me see'),
    ...part(1, { kind: 'text' }, 'int'),
    ...part(2, { kind: 'tool-call', id: 'c', name: 'weather' }, '{"a":1}'),
    end('tool-calls'),
  ])
  expect(bytes.toString()).not.toMatch(/let me see|weather/)
  expect(finishOf(bytes)).toBe('stop')
  expect(checkCompletionsStream(bytes, { includeUsage: true })).toEqual([])
})

it.each<[FinishReason, string]>([
  ['stop', 'stop'],
  ['stop-sequence', 'stop'],
  ['length', 'length'],
  ['context-full', 'length'],
  ['pause', 'length'],
  ['content-filter', 'content_filter'],
  ['other', 'stop'],
])('an end of %s is %s', (reason, finish) => {
  expect(finishOf(encode([START, ...part(0, { kind: 'text' }, 'a'), end(reason)]))).toBe(finish)
})

it('a refusal is not text at the cursor', () => {
  const events = [START, ...part(0, { kind: 'refusal' }, 'No.'), end()]
  expect(encode(events).toString()).not.toContain('No.')
  expect(finishOf(encode(events))).toBe('content_filter')
  expect(encodeMessage(foldMessage(events), ANSWER)).toMatchObject({
    choices: [{ text: '', finish_reason: 'content_filter' }],
  })
})

describe('an answer that fails', () => {
  const error = new GatewayError('upstream_overloaded', 'Too busy.')

  it.each([
    ['in its middle', [START, ...part(0, { kind: 'text' }, 'in'), { type: 'error', error }]],
    ['before its text', [START, { type: 'error', error }]],
    ['before anything', [{ type: 'error', error }]],
    ['by ending early', [START, ...part(0, { kind: 'text' }, 'in')]],
  ] as [string, ModelEvent[]][])('%s ends as one that was cut', (_when, events) => {
    const bytes = encode(events)
    expect(finishOf(bytes)).toBe('length')
    expect(bytes.toString()).toMatch(/data: \[DONE\]\n\n$/)
    expect(bytes.toString()).not.toContain('"error"')
    expect(checkCompletionsStream(bytes)).toEqual([])
  })

  it('ends so on a relayed stream too, under the id that began', () => {
    const tap = openaiCompletions.createTap()
    const begun = stream(chunk('in')).toString('latin1')
    tap.push(begun)
    const last = openaiCompletions.encodeStreamError(error, 'req_1', tap.context)
    expect(checkCompletionsStream(Buffer.from(begun + last, 'latin1'))).toEqual([])
    expect(last).not.toContain('Too busy')
    const alone = openaiCompletions.encodeStreamError(error, 'req_1')
    expect(checkCompletionsStream(Buffer.from(alone, 'latin1'))).toEqual([])
  })
})

describe('random answers', () => {
  const runs = { numRuns: 300 }

  it('make legal streams, in any order of events', () => {
    fc.assert(
      fc.property(fc.oneof(plainSentences, anyEvents), fc.boolean(), (events, usageInStream) => {
        expect(checkCompletionsStream(encode(events, { ...ANSWER, usageInStream }))).toEqual([])
      }),
      runs,
    )
  })

  it('make legal answers, whose text is preserved', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const message = foldMessage(events)
        const body = encodeMessage(message, ANSWER)
        expect(checkCompletionsAnswer(body, { model: 'asked-model' })).toEqual([])
        expect(textOf(decodeMessage(body, NOTHING_TO_UNDO))).toBe(textOf(events))
        expect(textOf(decode([encode(events)]))).toBe(textOf(events))
      }),
      runs,
    )
  })

  it('are translated from Chat token by token', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const { codec } = openaiChat
        const chat = codec?.encodeMessage(foldMessage(events), ANSWER) ?? {}
        const read = codec?.decodeMessage(chat, NOTHING_TO_UNDO) ?? []
        expect(textOf(decode([encode(read)]))).toBe(textOf(events))
      }),
      runs,
    )
  })
})

const textOf = (events: readonly ModelEvent[]): string =>
  foldMessage(events)
    .parts.map((each) => (each.kind === 'text' ? each.text : ''))
    .join('')

describe('from an upstream', () => {
  it('reads chunks, the end and the usage', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
    const events = decode([
      stream(
        chunk('in'),
        chunk('t'),
        chunk('', 'length'),
        chunk('', null, { choices: [], usage }),
        '[DONE]',
      ),
    ])
    expect(foldMessage(events)).toMatchObject({
      id: 'cmpl-1',
      parts: [{ kind: 'text', text: 'int' }],
      reason: 'length',
      usage: { inputTokens: 3, outputTokens: 2 },
    })
  })

  it.each([
    ['an error', stream(chunk('in'), { error: { message: 'Too busy.', code: 503 } }), /Too busy/],
    ['an early end', stream(chunk('in')), /before its answer was whole/],
    ['no JSON', stream(chunk('in'), '<html>'), /does not know/],
    ['nothing', Buffer.alloc(0), /before its answer was whole/],
  ])('reports %s', (_what, bytes, message) => {
    expect(() => foldMessage(decode([bytes]))).toThrow(message)
  })

  it.each([{}, { choices: 7 }, { choices: [7] }, { choices: [{ text: 7 }] }, { error: {} }])(
    'makes no crash of %o',
    (body) => {
      const events = decodeMessage(body, NOTHING_TO_UNDO)
      expect(['message-end', 'error']).toContain(events.at(-1)?.type)
    },
  )
})

describe('the tap of a relayed stream', () => {
  const watch = (bytes: Buffer) => {
    const tap = openaiCompletions.createTap()
    for (const byte of bytes.toString('latin1')) tap.push(byte)
    return tap
  }

  it('sees text, usage and the end', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
    const tap = watch(stream(chunk('in'), chunk('t'), chunk('', 'stop', { usage })))
    expect(tap).toMatchObject({ started: true, finished: true, outputCharacters: 3 })
    expect(tap.usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
    expect(watch(stream(chunk('in')))).toMatchObject({ started: true, finished: false })
    expect(watch(stream('[DONE]')).finished).toBe(true)
  })

  it('waits for every choice', () => {
    const choice = (index: number, finish_reason: string | null) => ({
      choices: [{ text: 'a', index, logprobs: null, finish_reason }],
    })
    const begun = [choice(0, null), choice(1, null), choice(0, 'stop')]
    expect(watch(stream(...begun)).finished).toBe(false)
    expect(watch(stream(...begun, choice(1, 'stop'))).finished).toBe(true)
  })

  it('finds an error, and skips what it cannot read', () => {
    expect(watch(stream({ error: { message: 'No.' } })).error?.message).toBe('No.')
    expect(watch(stream('nonsense', { choices: 7 }, { choices: [7] })).error).toBeUndefined()
  })
})
