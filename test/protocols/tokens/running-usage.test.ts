/** Some vendors report the usage so far in every event: the last report is right, recognised or not. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage } from '#model'
import { anthropicMessages, gemini, openaiChat, openaiResponses, type Protocol } from '#protocols'
import { codecOf, decodeStream, openStream, toFrames } from '../../tools/protocols/byte-codec.ts'
import { piece } from '../../tools/protocols/gemini/codec.ts'
import { chunk } from '../../tools/protocols/openai-chat/codec.ts'

interface Said {
  readonly text: string
  readonly thought?: boolean
  readonly isEnd?: boolean
  /** Without it, no usage is reported. */
  readonly output?: number | undefined
  readonly more?: object
}

interface Vendor {
  readonly protocol: Protocol
  readonly toEvent: (said: Said) => object
}

const toGeminiPiece = ({ text, thought, isEnd, output, more }: Said) =>
  piece([{ text, ...(thought ? { thought } : {}) }], isEnd ? 'STOP' : undefined, {
    ...(output === undefined
      ? {}
      : {
          usageMetadata: {
            promptTokenCount: 9,
            ...(output === 0 ? {} : { candidatesTokenCount: output }),
            totalTokenCount: 9 + output,
            promptTokensDetails: [{ modality: 'TEXT', tokenCount: 9 }],
          },
        }),
    ...more,
  })

const toChatChunk =
  (tell: (event: ReturnType<typeof chunk>, usage: object) => object) =>
  ({ text, thought, isEnd, output, more }: Said) => {
    const delta = { [thought ? 'reasoning_content' : 'content']: text }
    const event = chunk(delta, isEnd ? 'stop' : null, more)
    if (output === undefined) return event
    return tell(event, {
      prompt_tokens: 9,
      completion_tokens: output,
      total_tokens: 9 + output,
      completion_tokens_details: { reasoning_tokens: Math.floor(output / 2) },
    })
  }

const chatTelling = (tell: Parameters<typeof toChatChunk>[0]): Vendor => ({
  protocol: openaiChat,
  toEvent: toChatChunk(tell),
})

const VENDORS: readonly (readonly [string, Vendor])[] = [
  ['Gemini', { protocol: gemini, toEvent: toGeminiPiece }],
  ['Chat', chatTelling((event, usage) => ({ ...event, usage }))],
  ['Chat in the words of Groq', chatTelling((event, usage) => ({ ...event, x_groq: { usage } }))],
  [
    'Chat in the words of Moonshot',
    chatTelling((event, usage) => ({
      ...event,
      choices: event.choices.map((choice) => ({ ...choice, usage })),
    })),
  ],
]

describe.each(VENDORS)('a stream of %s', (_, { protocol, toEvent }) => {
  const decode = (events: readonly object[]) =>
    decodeStream(codecOf(protocol), [toFrames(...events)])
  const watch = (...frames: readonly Buffer[]) => {
    const tap = protocol.createTap()
    for (const bytes of frames) tap.push(bytes.toString('latin1'))
    return tap
  }
  const word = (output?: number) => toEvent({ text: 'word ', output })
  const end = (output?: number) => toEvent({ text: '', isEnd: true, output })
  const burst = [1, 2, 30, 400].map(word)

  it('that is translated ends with the last reported usage', () => {
    const usageOf = (...events: readonly object[]) => foldMessage(decode(events)).usage
    expect(usageOf(...burst, end(500))).toMatchObject({ outputTokens: 500 })
    expect(usageOf(...burst, end())).toMatchObject({ inputTokens: 9, outputTokens: 400 })
    expect(usageOf(...burst, word(), end())).toMatchObject({ outputTokens: 400 })
  })

  it('that is relayed has the last reported usage, in one read or in many', () => {
    const usageOf = (...frames: readonly Buffer[]) => watch(...frames).usage
    expect(usageOf(toFrames(...burst))).toMatchObject({ outputTokens: 400 })
    expect(usageOf(toFrames(...burst, end()))).toMatchObject({ outputTokens: 400 })
    expect(usageOf(toFrames(...burst), toFrames(word(), end()))).toMatchObject({
      outputTokens: 400,
    })
    expect(usageOf(toFrames(...burst, end(500)))).toMatchObject({ outputTokens: 500 })
  })

  it('reports the usage so far at any time', () => {
    const tap = watch()
    const stream = openStream(protocol)
    for (const [index, outputTokens] of [1, 2, 30, 400].entries()) {
      stream.push(burst[index])
      tap.push(toFrames(burst[index]).toString('latin1'))
      expect(stream.told()).toMatchObject({ inputTokens: 9, outputTokens })
      expect(tap.usage).toMatchObject({ inputTokens: 9, outputTokens })
    }
  })

  it('is read once, and then recognised', () => {
    const deltas = decode(burst).filter(({ type }) => type === 'part-delta')
    expect(deltas.map((delta) => 'escaped' in delta)).toEqual([false, true, true, true])
  })

  it('may report the input only: then the output is unknown', () => {
    const stream = openStream(protocol)
    stream.push(word(0), word(0))
    for (const usage of [stream.told(), watch(toFrames(word(0), word(0))).usage]) {
      expect(usage).toMatchObject({ inputTokens: 9 })
      expect(usage).not.toHaveProperty('outputTokens')
    }
  })

  it('has as many characters, and is complete, as if each event were read', () => {
    const tap = watch(toFrames(...burst))
    expect(tap).toMatchObject({ outputCharacters: 20, finished: false, started: true })
    tap.push(toFrames(end()).toString('latin1'))
    expect(tap.finished).toBe(true)
  })

  it('reports the same in similar events as in different ones', () => {
    fc.assert(
      fc.property(streams, fc.boolean(), (told, whole) => {
        const toEvents = (toMore: (index: number) => object) => [
          ...told.map((said, index) => toEvent({ ...said, more: toMore(index) })),
          ...(whole ? [end()] : []),
        ]
        const alike = toEvents(() => ({}))
        const unlike = toEvents((index) => ({ nth: 'x'.repeat(index) }))
        const usageOf = (events: readonly object[]) => {
          const stream = openStream(protocol)
          stream.push(...events)
          return stream.told()
        }
        expect(usageOf(alike)).toEqual(usageOf(unlike))
        expect(decode(alike).at(-1)).toEqual(decode(unlike).at(-1))
        expect(watch(toFrames(...alike)).usage).toEqual(watch(toFrames(...unlike)).usage)
      }),
      { numRuns: 400 },
    )
  })
})

/** Every kind of text, which thoughts interrupt, and usage with some of it. */
const streams = fc.array(
  fc.record({
    text: fc.constantFrom('a', '語', ''),
    thought: fc.boolean(),
    output: fc.option(fc.nat(99_999), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 12 },
)

/** What the decoder and the tap of a protocol report after these events. */
const toldBy = (protocol: Protocol, ...events: readonly object[]) => {
  const stream = openStream(protocol)
  stream.push(...events)
  const tap = protocol.createTap()
  tap.push(toFrames(...events).toString('latin1'))
  return [stream.told(), tap.usage]
}

describe('a stream of Responses', () => {
  const input = { input_tokens: 9, input_tokens_details: { cached_tokens: 5 } }
  const begun = { type: 'response.in_progress', response: { id: 'resp_1', usage: input } }
  const word = {
    type: 'response.output_text.delta',
    output_index: 0,
    content_index: 0,
    delta: 'word word ',
  }
  const end = (type: string, response: object) => ({
    type,
    response: { id: 'resp_1', ...response },
  })

  it('may report the input during the stream, and the output when it fails', () => {
    for (const usage of toldBy(openaiResponses, begun, word)) {
      expect(usage).toMatchObject({ inputTokens: 9, cacheReadTokens: 5 })
      expect(usage).not.toHaveProperty('outputTokens')
    }
    const failed = end('response.failed', { usage: { ...input, output_tokens: 4 } })
    for (const usage of toldBy(openaiResponses, begun, word, failed))
      expect(usage).toMatchObject({ inputTokens: 9, outputTokens: 4 })
  })

  it('has its output estimated if it reports the input only', () => {
    const codec = codecOf(openaiResponses)
    const events = decodeStream(codec, [
      toFrames(begun, word, end('response.completed', { status: 'completed' })),
    ])
    expect(foldMessage(events).usage).toMatchObject({
      inputTokens: 9,
      cacheReadTokens: 5,
      outputTokens: 3,
      estimated: true,
    })
  })
})

describe('a stream of Messages', () => {
  const start = (usage?: object) => ({
    type: 'message_start',
    message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], usage },
  })
  const delta = {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 40 },
  }

  it('reports the input at its start, and the output after its last text', () => {
    const begun = start({ input_tokens: 4, cache_read_input_tokens: 5, output_tokens: 1 })
    for (const usage of toldBy(anthropicMessages, begun))
      expect(usage).toEqual({ inputTokens: 9, cacheReadTokens: 5, cacheWriteTokens: 0 })
    for (const usage of toldBy(anthropicMessages, begun, delta))
      expect(usage).toMatchObject({ inputTokens: 9, cacheReadTokens: 5, outputTokens: 40 })
  })

  it.each([[undefined], [{ input_tokens: 0, output_tokens: 0 }]])(
    'may begin without: %j',
    (usage) => {
      expect(toldBy(anthropicMessages, start(usage))).toEqual([{}, {}])
    },
  )
})
