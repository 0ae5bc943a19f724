/** Vectors on the wires that carry them. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EmbeddingProtocol,
  geminiBatchEmbedContents,
  geminiEmbedContent,
  openaiEmbeddings,
} from '#protocols'

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true })
const vectors = fc
  .integer({ min: 1, max: 8 })
  .chain((length) =>
    fc.array(fc.array(float32, { minLength: length, maxLength: length }), { minLength: 1 }),
  )

const PROTOCOLS: readonly [string, EmbeddingProtocol][] = [
  ['OpenAI', openaiEmbeddings],
  ['Gemini', geminiBatchEmbedContents],
]

const through = (protocol: EmbeddingProtocol, body: object) =>
  protocol.decodeAnswer(JSON.parse(JSON.stringify(body)) as Record<string, unknown>)

describe.each(PROTOCOLS)('at %s', (_name, protocol) => {
  it.each(['float', 'base64'] as const)('come back unchanged, as %s', (encoding) => {
    fc.assert(
      fc.property(vectors, fc.nat(), (wanted, inputTokens) => {
        const body = protocol.encodeAnswer({ model: 'm', vectors: wanted, inputTokens }, encoding)
        const read = through(protocol, body)
        // JSON has no negative zero.
        const plain = (rows: readonly (readonly number[])[]) =>
          rows.map((row) => row.map((number) => number + 0))
        expect(plain(read.vectors)).toEqual(plain(wanted))
        expect(read.inputTokens).toBe(inputTokens)
      }),
    )
  })

  it('are joined in order, with their usage', () => {
    const answers = [
      [[1], [2]],
      [[3], [4]],
    ].map((rows) => protocol.encodeAnswer({ model: 'm', vectors: rows, inputTokens: 5 }, 'float'))
    expect(through(protocol, protocol.joinAnswers(answers))).toMatchObject({
      vectors: [[1], [2], [3], [4]],
      inputTokens: 10,
    })
  })

  it.each([
    {},
    { data: 7, embeddings: 7 },
    { data: [7], embeddings: [7] },
    { data: [{ embedding: [] }], embeddings: [{ values: [] }] },
    { data: [{ embedding: 'abc=' }], embeddings: [{ values: 'abc=' }] },
    { data: [{ embedding: [1, 'a'] }], embeddings: [{ values: [1, 'a'] }] },
  ])('are not read from %o', (body) => {
    expect(() => protocol.decodeAnswer(body)).toThrow(/no vectors/)
  })

  it('are requested unchanged, under the target’s name', () => {
    const request = { model: 'm', inputs: ['a', 'b'], dimensions: 4 }
    const { body, dropped } = protocol.encodeRequest(request, { provider: 'p', model: 'other' })
    expect(protocol.decodeRequest({ model: 'other', ...body })).toMatchObject({
      ...request,
      model: 'other',
    })
    expect(dropped).toEqual([])
    expect(JSON.stringify(body)).toContain('other')
  })
})

describe('OpenAI', () => {
  it('numbers its vectors in any order', () => {
    const entry = (index: number) => ({ index, embedding: [index + 1] })
    const read = openaiEmbeddings.decodeAnswer({ data: [entry(1), entry(0)] })
    expect(read.vectors).toEqual([[1], [2]])
    for (const data of [[entry(0), entry(0)], [entry(3)]])
      expect(() => openaiEmbeddings.decodeAnswer({ data })).toThrow(/no vectors/)
  })

  it('learns only that the user is the same', () => {
    const request = { model: 'm', inputs: ['a'], userId: 'me' }
    const { body } = openaiEmbeddings.encodeRequest(request, { provider: 'p', model: 'm' })
    expect(body.user).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('Gemini', () => {
  it('has one content by itself, and one vector', () => {
    expect(geminiEmbedContent.toPath('m')).toBe('/models/m:embedContent')
    const content = { parts: [{ text: 'a' }, { text: 'b' }] }
    expect(
      geminiEmbedContent.decodeRequest({
        model: 'm',
        content,
        outputDimensionality: 4,
        title: 't',
      }),
    ).toEqual({ model: 'm', inputs: ['ab'], dimensions: 4, ignoredFields: ['title'] })
    const body = geminiEmbedContent.encodeAnswer(
      { model: 'm', vectors: [[1, 2]], inputTokens: 3 },
      undefined,
    )
    expect(body).toMatchObject({ embedding: { values: [1, 2] } })
    expect(geminiEmbedContent.decodeAnswer(body).vectors).toEqual([[1, 2]])
  })

  it('names the model in the body only if the request did', () => {
    expect(geminiEmbedContent.rename?.({ content: {} }, 'x')).toBeUndefined()
    expect(geminiBatchEmbedContents.rename?.({ requests: [{ model: 'a' }, {}, 7] }, 'x')).toEqual({
      requests: [{ model: 'models/x' }, {}, 7],
    })
    expect(geminiBatchEmbedContents.rename?.({ requests: 7 }, 'x')).toBeUndefined()
  })
})
