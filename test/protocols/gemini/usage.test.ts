/** Every piece of a stream tells what was used so far: the last one that tells is right, known again or not. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage } from '#model'
import { gemini } from '#protocols'
import { toFrames } from '../byte-codec.ts'
import { decodePieces, piece, readPieces } from './codec.ts'

const used = (candidates: number, more = {}) => ({
  usageMetadata: {
    promptTokenCount: 9,
    candidatesTokenCount: candidates,
    totalTokenCount: 9 + candidates,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: 9 }],
    candidatesTokensDetails: [{ modality: 'TEXT', tokenCount: candidates }],
    ...more,
  },
})

const word = (candidates?: number) =>
  piece([{ text: 'word ' }], undefined, candidates === undefined ? {} : used(candidates))

const end = (more = {}) => piece([{ text: '' }], 'STOP', more)

const watch = (...frames: readonly Buffer[]) => {
  const tap = gemini.createTap()
  for (const bytes of frames) tap.push(bytes.toString('latin1'))
  return tap
}

const burst = [1, 2, 30, 400].map((count) => word(count))

describe('a stream that is translated', () => {
  it('ends with the usage of its last piece', () => {
    expect(readPieces(...burst, end(used(500))).usage).toMatchObject({ outputTokens: 500 })
  })

  it('ends with the usage of the last piece that told it', () => {
    expect(readPieces(...burst, end()).usage).toMatchObject({ inputTokens: 9, outputTokens: 400 })
    expect(readPieces(...burst, word(), end()).usage).toMatchObject({ outputTokens: 400 })
  })

  it('tells what was used so far where it is cut', () => {
    expect(decodePieces(...burst).at(-1)).toMatchObject({
      type: 'error',
      usage: { inputTokens: 9, outputTokens: 400 },
    })
  })
})

it('what was said counts where a stream that is cut told of the input only', () => {
  const { promptTokenCount } = used(0).usageMetadata
  const silent = piece([{ text: 'word word word ' }], undefined, {
    usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount },
  })
  expect(decodePieces(silent, silent).at(-1)).toMatchObject({
    usage: { inputTokens: 9, outputTokens: 8, estimated: true },
  })
  expect(watch(toFrames(silent, silent)).usage).not.toHaveProperty('outputTokens')
})

describe('a stream that is relayed', () => {
  it('shows what was used so far, whenever it is asked', () => {
    const tap = watch()
    for (const [index, count] of [1, 2, 30, 400].entries()) {
      tap.push(toFrames(burst[index]).toString('latin1'))
      expect(tap.usage).toMatchObject({ inputTokens: 9, outputTokens: count })
    }
  })

  it('shows the usage of the last piece that told it, in one read or in many', () => {
    expect(watch(toFrames(...burst)).usage).toMatchObject({ outputTokens: 400 })
    expect(watch(toFrames(...burst, end())).usage).toMatchObject({ outputTokens: 400 })
    expect(watch(toFrames(...burst), toFrames(word(), end())).usage).toMatchObject({
      outputTokens: 400,
    })
    expect(watch(toFrames(...burst, end(used(500)))).usage).toMatchObject({ outputTokens: 500 })
  })

  it('counts characters and is whole as if each piece were read', () => {
    const tap = watch(toFrames(...burst))
    expect(tap).toMatchObject({ outputCharacters: 20, finished: false, started: true })
    tap.push(toFrames(end()).toString('latin1'))
    expect(tap.finished).toBe(true)
  })
})

const count = fc.option(fc.nat(99_999), { nil: undefined })

/** Pieces of every kind of text, some of which tell usage, and which thoughts interrupt. */
const streams = fc.array(
  fc.record({ text: fc.constantFrom('a', '語', ''), thought: fc.boolean(), candidates: count }),
  { minLength: 1, maxLength: 12 },
)

it('usage is the same in pieces that look alike as in those that do not', () => {
  fc.assert(
    fc.property(streams, fc.boolean(), (told, whole) => {
      const toPieces = (nth: (index: number) => object) => [
        ...told.map(({ text, thought, candidates }, index) =>
          piece([{ text, ...(thought ? { thought } : {}) }], undefined, {
            ...(candidates === undefined ? {} : used(candidates)),
            ...nth(index),
          }),
        ),
        ...(whole ? [end()] : []),
      ]
      const alike = toPieces(() => ({}))
      const unlike = toPieces((index) => ({ nth: `${'x'.repeat(index)}` }))
      const usageOf = (pieces: readonly unknown[]) => {
        const last = decodePieces(...pieces).at(-1)
        return last?.type === 'message-end' || last?.type === 'error' ? last.usage : 'none'
      }
      expect(usageOf(alike)).toEqual(usageOf(unlike))
      expect(watch(toFrames(...alike)).usage).toEqual(watch(toFrames(...unlike)).usage)
      if (whole) expect(foldMessage(decodePieces(...alike)).usage).toEqual(usageOf(alike))
    }),
    { numRuns: 400 },
  )
})
