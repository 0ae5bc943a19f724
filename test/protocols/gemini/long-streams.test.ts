/** A stream holds no more of its text than citations need; later citations keep their source. */
import { describe, expect, it } from 'vitest'
import type { JsonObject, ModelEvent } from '#model'
import { createCitedTexts } from '../../../src/protocols/gemini/cited-text.ts'
import { encode, piece, readPieces } from '../../tools/protocols/gemini/codec.ts'

const URL = 'https://example.com/a'

const SENTENCE = 'x'.repeat(1024)

const grounding = (startIndex: number, endIndex: number) => ({
  groundingChunks: [{ web: { uri: URL } }],
  groundingSupports: [{ segment: { startIndex, endIndex }, groundingChunkIndices: [0] }],
})

const end = (metadata: JsonObject) => ({
  candidates: [
    {
      content: { parts: [], role: 'model' },
      index: 0,
      finishReason: 'STOP',
      groundingMetadata: metadata,
    },
  ],
})

it('keeps a limited total of an answer’s text', () => {
  const create = createCitedTexts(10_000)
  const texts = [create(), create(), create()]
  for (const text of texts) for (let at = 0; at < 100_000; at++) text.add('ab')
  expect(texts.map(({ text }) => text.length)).toEqual([10_000, 0, 0])
  expect(texts.map(({ isCut }) => isCut)).toEqual([true, true, true])
})

describe('a citation in a long stream', () => {
  const pieces = Array.from({ length: 1024 }, () => piece([{ text: SENTENCE }]))

  it.each([
    [1024, 2048, { start: 1024, end: 2048 }],
    [900_000, 900_100, {}],
  ])('from Gemini, of bytes %i to %i', (from, to, place) => {
    const { parts } = readPieces(...pieces, end(grounding(from, to)))
    expect(parts[0]).toMatchObject({ text: SENTENCE.repeat(1024) })
    const [text] = parts
    const citation = text?.kind === 'text' ? text.citations?.[0] : undefined
    expect(citation).toMatchObject({ url: URL, ...place })
    expect(citation?.start).toBe('start' in place ? place.start : undefined)
  })

  it.each([
    [1024, 2048, [{ startIndex: 1024, endIndex: 2048, text: SENTENCE }]],
    [900_000, 900_100, []],
  ])('to Gemini, of characters %i to %i', (start, finish, segments) => {
    const events: ModelEvent[] = [
      { type: 'message-start', id: 'r', model: 'm' },
      { type: 'part-start', index: 0, part: { kind: 'text' } },
      ...pieces.map(() => ({ type: 'part-delta', index: 0, text: SENTENCE }) as const),
      {
        type: 'part-start',
        index: 1,
        part: { kind: 'citation', of: 0, citation: { url: URL, start, end: finish } },
      },
      { type: 'part-end', index: 1 },
      { type: 'part-end', index: 0 },
      {
        type: 'message-end',
        reason: 'stop',
        usage: {
          inputTokens: 1,
          outputTokens: 1,
          cacheReadTokens: 0,
          cacheWriteTokens: 0,
          reasoningTokens: 0,
        },
      },
    ]
    const last = encode(events).toString().trimEnd().split('\n\n').at(-1)
    const { candidates } = JSON.parse(last?.slice('data: '.length) ?? '') as {
      candidates: { groundingMetadata: { groundingChunks: []; groundingSupports: JsonObject[] } }[]
    }
    const metadata = candidates[0]?.groundingMetadata
    expect(metadata?.groundingChunks).toEqual([{ web: { uri: URL } }])
    expect(metadata?.groundingSupports.map(({ segment }) => segment)).toEqual(segments)
  })
})
