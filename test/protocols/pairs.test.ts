/** Every pair of protocols: an answer of one is a legal and faithful answer of the other. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage, type ModelEvent, type Usage } from '#model'
import {
  type AnswerContext,
  anthropicMessages,
  type Codec,
  gemini,
  NOTHING_TO_UNDO,
  openaiChat,
  openaiResponses,
  type Protocol,
} from '#protocols'
import { compose, createSseReader, translateAll } from '#streams'
import {
  checkChatAnswer,
  checkChatStream,
  checkGeminiAnswer,
  checkGeminiStream,
  checkMessagesAnswer,
  checkMessagesStream,
  checkResponsesAnswer,
  checkResponsesStream,
} from '../checkers/index.ts'
import { expectWellFormed, toMeaning } from './expect-well-formed.ts'
import {
  anyEvents,
  anySentences,
  callPart,
  plainSentences,
  sentences,
  textPart,
} from './random-sentences.ts'

const codecOf = ({ codec }: Protocol): Codec => {
  if (!codec) throw new Error('This protocol is not translated.')
  return codec
}

const PROTOCOLS = [
  {
    name: 'chat',
    codec: codecOf(openaiChat),
    checkStream: (bytes: Buffer) => checkChatStream(bytes, { model: 'asked-model' }),
    checkAnswer: (body: unknown) => checkChatAnswer(body, { model: 'asked-model' }),
  },
  {
    name: 'messages',
    codec: codecOf(anthropicMessages),
    checkStream: (bytes: Buffer) => checkMessagesStream(bytes, { model: 'asked-model' }),
    checkAnswer: (body: unknown) => checkMessagesAnswer(body, { model: 'asked-model' }),
  },
  {
    name: 'responses',
    codec: codecOf(openaiResponses),
    checkStream: (bytes: Buffer) => checkResponsesStream(bytes, { model: 'asked-model' }),
    checkAnswer: (body: unknown) => checkResponsesAnswer(body, { model: 'asked-model' }),
  },
  {
    name: 'gemini',
    codec: codecOf(gemini),
    checkStream: (bytes: Buffer) => checkGeminiStream(bytes, { model: 'asked-model' }),
    checkAnswer: (body: unknown) => checkGeminiAnswer(body, { model: 'asked-model' }),
  },
]

/** Where both are the same, bytes pass untranslated. */
const PAIRS = PROTOCOLS.flatMap((upstream) =>
  PROTOCOLS.filter((client) => client !== upstream).map((client) => ({ upstream, client })),
)

const ANSWER: AnswerContext = {
  model: 'asked-model',
  provider: 'somewhere',
  inputTokens: 42,
  usageInStream: true,
  createdAtMs: 1_760_000_000_000,
}

const encode = (codec: Codec, events: Iterable<ModelEvent>): Buffer =>
  Buffer.from(translateAll(codec.encodeEvents(ANSWER), events).join(''), 'latin1')

const decode = (codec: Codec, bytes: Buffer): ModelEvent[] => {
  const events: ModelEvent[] = []
  const translation = codec.decodeEvents(NOTHING_TO_UNDO)((event) => events.push(event))
  const reader = createSseReader((data, event) => translation.push({ data, event }))
  reader.push(bytes.toString('latin1'))
  translation.end()
  return events
}

/** As the gateway does it: read by read, with no event held in between. */
const translate = (upstream: Codec, client: Codec, reads: readonly Buffer[]): Buffer => {
  let written = ''
  const both = compose(upstream.decodeEvents(NOTHING_TO_UNDO), client.encodeEvents(ANSWER))
  const translation = both((bytes) => (written += bytes))
  const reader = createSseReader((data, event) => translation.push({ data, event }))
  for (const bytes of reads) reader.push(bytes.toString('latin1'))
  translation.end()
  return Buffer.from(written, 'latin1')
}

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const ends = places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

const places = fc.array(fc.nat(), { maxLength: 20 })

/** What every protocol can say: words and calls. */
const common = sentences({ part: fc.oneof(textPart, callPart), interleaved: false })

const RUNS = { numRuns: 300 }

describe.each(PAIRS)('$upstream.name upstream, $client.name client', ({ upstream, client }) => {
  it('gives a legal stream of every answer, however the bytes are cut', () => {
    fc.assert(
      fc.property(anySentences, places, (events, cuts) => {
        const bytes = encode(upstream.codec, events)
        const written = translate(upstream.codec, client.codec, cut(bytes, cuts))
        expect(client.checkStream(written)).toEqual([])
      }),
      RUNS,
    )
  })

  it('gives a legal stream of an answer that is broken off anywhere', () => {
    fc.assert(
      fc.property(anySentences, fc.nat(), (events, place) => {
        const bytes = encode(upstream.codec, events)
        const part = bytes.subarray(0, place % (bytes.length + 1))
        expect(client.checkStream(translate(upstream.codec, client.codec, [part]))).toEqual([])
      }),
      RUNS,
    )
  })

  it('gives a legal stream of events in any order', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const bytes = encode(upstream.codec, events)
        expect(client.checkStream(translate(upstream.codec, client.codec, [bytes]))).toEqual([])
      }),
      RUNS,
    )
  })

  it('keeps words, calls and usage', () => {
    const toSaid = [upstream, client].some(({ name }) => name === 'gemini')
      ? withoutCacheWrites
      : (usage: Usage) => usage
    fc.assert(
      fc.property(common, (events) => {
        const bytes = translate(upstream.codec, client.codec, [encode(upstream.codec, events)])
        const decoded = decode(client.codec, bytes)
        expectWellFormed(decoded)
        const { usage, parts } = toMeaning(decoded)
        expect({ usage: toSaid(usage), parts: joinTexts(parts) }).toEqual({
          usage: toSaid(foldMessage(events).usage),
          parts: joinTexts(toMeaning(events).parts),
        })
      }),
      RUNS,
    )
  })

  it('gives a legal answer where nothing is streamed', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const body = upstream.codec.encodeMessage(foldMessage(events), ANSWER)
        const decoded = upstream.codec.decodeMessage(body, NOTHING_TO_UNDO)
        expectWellFormed(decoded)
        const answer = client.codec.encodeMessage(foldMessage(decoded), ANSWER)
        expect(client.checkAnswer(answer)).toEqual([])
      }),
      RUNS,
    )
  })
})

/** Chat knows one text before the calls; where it stood among them is not kept. */
const joinTexts = (parts: ReturnType<typeof toMeaning>['parts']) => ({
  text: parts.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
  calls: parts.filter(({ kind }) => kind === 'tool-call'),
})

/** Gemini has no word for tokens that were written to a cache: they are among its prompt's. */
const withoutCacheWrites = (usage: Usage): Usage => ({ ...usage, cacheWriteTokens: 0 })
