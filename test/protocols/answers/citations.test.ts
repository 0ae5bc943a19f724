/** Citations keep their place in the text, however each protocol counts. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Citation, foldMessage, isJsonObject, type JsonObject, type ModelEvent } from '#model'
import { gemini, NOTHING_TO_UNDO, openaiChat } from '#protocols'
import { checkChatStream, checkGeminiStream } from '../../tools/checkers/index.ts'
import { ANSWER, toByteCodec, toJson } from '../../tools/protocols/byte-codec.ts'
import { piece, readPieces } from '../../tools/protocols/gemini/codec.ts'
import { chunk, readChunks } from '../../tools/protocols/openai-chat/codec.ts'
import { text } from '../../tools/protocols/random-sentences.ts'

const toGemini = toByteCodec(gemini)
const toChat = toByteCodec(openaiChat)

const URL = 'https://example.com/'

interface Said {
  readonly text: string
  readonly thought: string
  readonly calls: boolean
  readonly place: readonly [number, number] | undefined
}

const said: fc.Arbitrary<Said> = fc.record({
  text: text.filter((value) => value !== ''),
  thought: text,
  calls: fc.boolean(),
  place: fc.option(fc.tuple(fc.nat(20), fc.nat(20)), { nil: undefined }),
})

const citing = (place: Said['place']): Citation =>
  place ? { url: URL, title: 'Example', start: place[0], end: place[1] } : { url: URL }

/** Thoughts, texts that are cited, and calls. */
const toEvents = (all: readonly Said[]): ModelEvent[] => {
  const events: ModelEvent[] = [{ type: 'message-start', id: 'msg_1', model: 'm' }]
  let index = 0
  const part = (opening: (ModelEvent & { type: 'part-start' })['part'], words: string) => {
    events.push({ type: 'part-start', index, part: opening })
    // In two pieces, and not in the middle of a character.
    const characters = [...words]
    for (const cut of [characters.slice(0, 2), characters.slice(2)])
      if (cut.length > 0) events.push({ type: 'part-delta', index, text: cut.join('') })
    events.push({ type: 'part-end', index: index++ })
  }
  for (const { text: words, thought, calls, place } of all) {
    part({ kind: 'reasoning' }, thought)
    const of = index
    part({ kind: 'text' }, words)
    part({ kind: 'citation', of, citation: citing(place) }, '')
    if (calls) part({ kind: 'tool-call', id: `call_${index}`, name: 'look' }, '{}')
  }
  const usage = {
    inputTokens: 1,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
  }
  const reason = all.some(({ calls }) => calls) ? 'tool-calls' : 'stop'
  return [...events, { type: 'message-end', reason, usage }]
}

const first = (value: unknown): JsonObject => {
  const [one] = Array.isArray(value) ? value : []
  return isJsonObject(one) ? one : {}
}

const objectAt = (value: JsonObject, key: string): JsonObject => {
  const found = value[key]
  return isJsonObject(found) ? found : {}
}

const listAt = (value: JsonObject, key: string): JsonObject[] => {
  const found = value[key]
  return Array.isArray(found) ? found.filter(isJsonObject) : []
}

interface Segment {
  readonly partIndex?: number
  readonly startIndex: number
  readonly endIndex: number
  readonly text: string
}

const segmentsOf = (candidate: JsonObject): Segment[] =>
  listAt(objectAt(candidate, 'groundingMetadata'), 'groundingSupports').map(
    ({ segment }) => segment as Segment,
  )

const cutBytes = (whole: unknown, { startIndex, endIndex }: Segment): string =>
  Buffer.from(String(whole)).subarray(startIndex, endIndex).toString()

/** What an answer's citations are about. */
const spoken = (events: readonly ModelEvent[]): string[] =>
  foldMessage(events).parts.flatMap((part) =>
    part.kind === 'text'
      ? (part.citations ?? []).map(({ start, end }) => part.text.slice(start, end))
      : [],
  )

describe('for Gemini, which counts bytes,', () => {
  it('a position in a stream counts all text so far', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 4 }), (all) => {
        const bytes = toGemini.encode(toEvents(all))
        expect(checkGeminiStream(bytes, { model: ANSWER.model })).toEqual([])
        const candidates = toJson(bytes).map(({ candidates: told }) => first(told))
        const content = candidates
          .flatMap((candidate) => listAt(objectAt(candidate, 'content'), 'parts'))
          .map((part) => (part.thought ? '' : (part.text ?? '')))
          .join('')
        expect(content).toBe(all.map((one) => one.text).join(''))
        const segments = candidates.flatMap(segmentsOf)
        expect(segments).toHaveLength(all.length)
        for (const segment of segments) expect(cutBytes(content, segment)).toBe(segment.text)
      }),
    )
  })

  it('a position in a complete answer counts its part', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 4 }), (all) => {
        const body = toGemini.encodeMessage(foldMessage(toEvents(all)), ANSWER)
        const candidate = first(body.candidates)
        const parts = listAt(objectAt(candidate, 'content'), 'parts')
        const segments = segmentsOf(candidate)
        expect(segments).toHaveLength(all.length)
        for (const [index, segment] of segments.entries()) {
          const part = parts[segment.partIndex ?? 0]
          expect(part?.text).toBe(all[index]?.text)
          expect(cutBytes(part?.text, segment)).toBe(segment.text)
        }
      }),
    )
  })

  it('a place is the same again when it is read', () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 4 }), (all) => {
        const wanted = toJson(toGemini.encode(toEvents(all)))
          .flatMap(({ candidates }) => segmentsOf(first(candidates)))
          .map((segment) => segment.text)
        expect(spoken(toGemini.decode([toGemini.encode(toEvents(all))]))).toEqual(wanted)
        const whole = toGemini.encodeMessage(foldMessage(toEvents(all)), ANSWER)
        expect(spoken(toGemini.decodeMessage(whole, NOTHING_TO_UNDO))).toEqual(wanted)
      }),
    )
  })

  it('a source of several citations is reported once', () => {
    const all = [
      { text: 'ab', thought: '', calls: false, place: undefined },
      { text: 'cd', thought: '', calls: true, place: undefined },
    ]
    const candidate = first(toGemini.encodeMessage(foldMessage(toEvents(all)), ANSWER).candidates)
    expect(candidate.groundingMetadata).toEqual({
      groundingChunks: [{ web: { uri: URL } }],
      groundingSupports: [
        { segment: { startIndex: 0, endIndex: 2, text: 'ab' }, groundingChunkIndices: [0] },
        {
          segment: { partIndex: 1, startIndex: 0, endIndex: 2, text: 'cd' },
          groundingChunkIndices: [0],
        },
      ],
    })
  })

  it.each([
    [{ startIndex: -1, endIndex: 2 }],
    [{ startIndex: 2, endIndex: 2 }],
    [{ startIndex: 'a', endIndex: {} }],
    [{ startIndex: 900, endIndex: 901 }],
    [{}],
    ['x'],
  ])('an invalid place is omitted: %j', (segment) => {
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: URL } }],
      groundingSupports: [{ segment, groundingChunkIndices: [0] }],
    }
    const pieces = piece([{ text: 'Hello' }], 'STOP')
    const [candidate] = pieces.candidates
    const { parts } = readPieces({ ...pieces, candidates: [{ ...candidate, groundingMetadata }] })
    expect(parts).toMatchObject([{ text: 'Hello', citations: [{ url: URL }] }])
    expect(parts[0]).not.toHaveProperty('citations[0].start')
  })
})

const annotationsOf = (bytes: Buffer): JsonObject[] =>
  toJson(bytes)
    .map(({ choices }) => objectAt(first(choices), 'delta'))
    .flatMap((delta) => listAt(delta, 'annotations'))

describe('for Chat, which counts characters of the complete content,', () => {
  it('a place is the same in a stream and in a complete answer, and matches its text', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 4 }), (all) => {
        const bytes = toChat.encode(toEvents(all))
        const options = { model: ANSWER.model, includeUsage: true }
        expect(checkChatStream(bytes, options)).toEqual([])
        const streamed = annotationsOf(bytes)
        const body = toChat.encodeMessage(foldMessage(toEvents(all)), ANSWER)
        const message = objectAt(first(body.choices), 'message')
        expect(listAt(message, 'annotations')).toEqual(streamed)
        expect(streamed).toHaveLength(all.length)
        let before = 0
        for (const [index, { text: words }] of all.entries()) {
          const place = objectAt(streamed[index] ?? {}, 'url_citation')
          expect(Number(place.start_index)).toBeGreaterThanOrEqual(before)
          expect(Number(place.end_index)).toBeLessThanOrEqual(before + words.length)
          expect(Number(place.end_index)).toBeGreaterThan(Number(place.start_index))
          before += words.length
        }
      }),
    )
  })

  it('a place is the same again when it is read', () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 4 }), (all) => {
        const bytes = toChat.encode(toEvents(all))
        const content = all.map((one) => one.text).join('')
        const wanted = annotationsOf(bytes).map(({ url_citation: place }) => {
          const { start_index: start, end_index: end } = place as Record<string, number>
          return content.slice(start, end)
        })
        expect(spoken(toChat.decode([bytes]))).toEqual(wanted)
        const whole = toChat.encodeMessage(foldMessage(toEvents(all)), ANSWER)
        expect(spoken(toChat.decodeMessage(whole, NOTHING_TO_UNDO))).toEqual(wanted)
      }),
    )
  })

  it.each([
    ['nowhere', {}, undefined],
    ['at 0 and ends there', { start_index: 0, end_index: 0 }, [0, 0]],
    ['behind all that was said', { start_index: 90, end_index: 95 }, [87, 92]],
  ])('a citation %s belongs to the last text', (_where, place, found) => {
    const annotation = { type: 'url_citation', url_citation: { url: URL, ...place } }
    const { parts } = readChunks(
      chunk({ content: 'one' }),
      chunk({ reasoning_content: 'hm' }),
      chunk({ content: 'two' }),
      chunk({ annotations: [annotation] }),
      chunk({}, 'stop'),
    )
    const [start, end] = found ?? []
    expect(parts).toMatchObject([
      { text: 'one' },
      { kind: 'reasoning' },
      { text: 'two', citations: [{ url: URL, ...(found ? { start, end } : {}) }] },
    ])
    expect(parts[0]).not.toHaveProperty('citations')
  })
})
