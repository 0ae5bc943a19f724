/**
 * What a call costs, worked out by hand from the prices and the examples that vendors publish: in every dialect,
 * relayed and translated, streamed and not, in the header, in the stream and in the row.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { ANTHROPIC } from '../../tools/usage/cost/anthropic.ts'
import { GEMINI } from '../../tools/usage/cost/gemini.ts'
import { COMPLETIONS, OPENAI } from '../../tools/usage/cost/openai.ts'
import { OTHERS } from '../../tools/usage/cost/others.ts'
import {
  ALL_CLIENTS,
  type Bill,
  type Client,
  runVectors,
  toPico,
} from '../../tools/usage/cost/run-vectors.ts'
import type { CostVector } from '../../tools/usage/cost/vector.ts'

const VECTORS = [...OPENAI, COMPLETIONS, ...ANTHROPIC, ...GEMINI, ...OTHERS]

const clientsOf = ({ protocol }: CostVector): readonly Client[] =>
  protocol === 'openai-completions' ? [protocol] : ALL_CLIENTS

let charged: ReadonlyMap<CostVector, readonly Bill[]> = new Map()

beforeAll(async () => {
  charged = await runVectors(VECTORS, clientsOf)
}, 120_000)

describe('every client is charged what the vendor charges', () => {
  it.each(
    VECTORS.map((vector) => [`${vector.vendor}/${vector.model}`, vector.what, vector] as const),
  )('by %s for %s', (_, _what, vector) => {
    const bills = charged.get(vector) ?? []
    expect(bills).toHaveLength(2 * clientsOf(vector).length)
    for (const { client, streamed, status, told, toldEstimated, row } of bills) {
      const where = `${client}, ${streamed ? 'streamed' : 'complete'}`
      expect(status, where).toBe(200)
      expect(row?.cost_pico, where).toBe(toPico(vector.dollars))
      expect(row?.estimated, where).toBe(vector.estimated ? 1 : 0)
      expect(told, where).toBe(vector.dollars)
      if (!streamed) expect(toldEstimated, where).toBe(vector.estimated === true)
    }
  })
})

it('every pair of protocols is among them, and every vendor with words of its own', () => {
  expect(new Set(VECTORS.map(({ protocol }) => protocol))).toEqual(new Set(ALL_CLIENTS))
  expect(new Set(VECTORS.map(({ vendor }) => vendor)).size).toBeGreaterThan(9)
})
