/** The demo's vectors. */
import { describe, expect, it } from 'vitest'
import type { EmbeddingRequest } from '#model'
import { createDemo } from '../../../src/providers/demo/index.ts'

const demo = createDemo()
const embed = (inputs: EmbeddingRequest['inputs'], dimensions?: number) =>
  demo.embed(
    { model: 'echo', inputs, ...(dimensions === undefined ? {} : { dimensions }) },
    new AbortController().signal,
  )

const dot = (a: readonly number[] = [], b: readonly number[] = []): number =>
  a.reduce((sum, number, at) => sum + number * (b[at] ?? 0), 0)

describe('a vector of the demo', () => {
  it('is one for each text, of length one', async () => {
    const { vectors, model, inputTokens } = await embed(['a cat', 'a dog and a cat', ' ', '☃'])
    expect(model).toBe('demo/echo')
    expect(inputTokens).toBe(9)
    expect(vectors.map((vector) => vector.length)).toEqual([256, 256, 256, 256])
    for (const vector of vectors) expect(dot(vector, vector)).toBeCloseTo(1, 5)
  })

  it('has the requested length', async () => {
    for (const dimensions of [1, 2, 1536, 3072]) {
      const { vectors } = await embed(['a cat'], dimensions)
      expect(vectors[0]).toHaveLength(dimensions)
      expect(dot(vectors[0], vectors[0])).toBeCloseTo(1, 5)
    }
  })

  it('is the same for the same text, and near for texts that share words', async () => {
    const { vectors } = await embed([
      'the cat sleeps on the sofa',
      'The CAT sleeps on the sofa',
      'a cat sleeps',
      'quarterly revenue grew',
    ])
    const [cat, loud, short, money] = vectors
    expect(loud).toEqual(cat)
    expect(dot(cat, short)).toBeGreaterThan(dot(cat, money) + 0.2)
    expect((await embed(['a cat sleeps'])).vectors[0]).toEqual(short)
  })

  it('stops if the caller leaves', async () => {
    const departure = new AbortController()
    const pending = demo.embed(
      { model: 'echo', inputs: Array.from({ length: 100 }, () => 'a cat') },
      departure.signal,
    )
    departure.abort(new Error('gone'))
    await expect(pending).rejects.toThrow('gone')
  })

  it.each([
    ['dimensions', ['a'], 3073],
    ['input', [[1, 2]], undefined],
    ['input', Array.from({ length: 2049 }, () => 'a'), undefined],
  ] as const)('names %s if it is out of range', async (param, inputs, dimensions) => {
    await expect(embed(inputs, dimensions)).rejects.toMatchObject({
      code: 'invalid_request',
      param,
    })
  })
})
