/** Work of what counts tokens before an answer is asked for. */
import type { FunctionTool } from '#model'
import { pdfTokens } from '../../../src/usage/parts/attachment-tokens.ts'
import { createCountJob } from '../../../src/usage/counting/count-job.ts'
import { toCountable } from '../../../src/usage/parts/countable.ts'
import { estimateRequestBytes, estimateRequestTokens } from '../../../src/usage/estimate.ts'
import { readImageSize } from '../../../src/usage/parts/image-size.ts'
import { countText } from '../../../src/usage/counting/long-words.ts'
import { planSlices } from '../../../src/usage/counting/slices.ts'
import { toToolText } from '../../../src/usage/parts/tool-text.ts'
import { createTurns } from '../../../src/usage/counting/turns.ts'
import { many, REQUESTS, wide } from './conversations.ts'
import type { Measured, Work } from './measure.ts'

const textWork =
  (text: (size: number) => string, read: (text: string) => unknown): Work =>
  (size) => {
    const input = text(size)
    return () => void read(input)
  }

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')

const counted = (text: string): number => countText(text, ({ length }) => length)

const toolWork =
  (schema: (size: number) => unknown): Work =>
  (size) => {
    const tools: FunctionTool[] = [{ kind: 'function', name: 'f', schema: schema(size) }]
    return () => void toToolText(tools)
  }

/** As many keywords as types. */
const manyTypes = (size: number) => ({
  properties: { a: { ...wide(size).properties, type: many(size, (at) => `t${at}`) } },
})

const nested = (size: number) => {
  let schema: unknown = { type: 'string' }
  for (let depth = 0; depth < Math.log2(size); depth++)
    schema = { type: ['object', 'object'], properties: { a: schema } }
  return { properties: { a: schema } }
}

const sliced = (texts: readonly string[]): void => {
  const { slices } = planSlices(texts, 10_000)
  while (!slices.next().done);
}

const inTurns: Work = (size) => () => {
  const turns = createTurns<number>()
  for (let job = 0; job < size; job++) turns.add(`caller ${job % 100}`, job)
  for (let job = 0; job < size; job++) {
    turns.next()
    turns.remove(`caller ${job % 100}`, job)
  }
}

export const USAGE: Readonly<Record<string, readonly Measured[]>> = {
  toCountable: Object.entries(REQUESTS).map(([what, requestOf]): Measured => [
    what,
    5000,
    (size) => {
      const request = requestOf(size)
      return () => void toCountable(request, 'gpt-5')
    },
  ]),
  estimateRequestTokens: Object.entries(REQUESTS).map(([what, requestOf]): Measured => [
    what,
    5000,
    (size) => {
      const request = requestOf(size)
      return () => void estimateRequestTokens(request)
    },
  ]),
  estimateRequestBytes: Object.entries(REQUESTS).map(([what, requestOf]): Measured => [
    what,
    5000,
    (size) => {
      const request = requestOf(size)
      return () => void estimateRequestBytes(request)
    },
  ]),
  toToolText: [
    ['many properties', 10_000, toolWork(wide)],
    ['many types of one property', 2000, toolWork(manyTypes)],
    ['types that are named twice, inside each other', 2000, toolWork(nested)],
  ],
  pdfTokens: [
    ['pages', 50_000, textWork((n) => base64('/Type /Page '.repeat(n)), pdfTokens)],
    ['spaces', 200_000, textWork((n) => base64(`/Type${' '.repeat(n)}`), pdfTokens)],
    ['counts', 50_000, textWork((n) => base64('/Count    /Count'.repeat(n)), pdfTokens)],
  ],
  readImageSize: [
    [
      'segments of a photo',
      50_000,
      textWork((n) => base64('\xff\xd8' + '\xff\xe1\x00\x02'.repeat(n)), readImageSize),
    ],
  ],
  countText: [
    ['one long word', 100_000, textWork((n) => 'x'.repeat(n), counted)],
    ['words just short of long', 1000, textWork((n) => `${'x'.repeat(255)} `.repeat(n), counted)],
    ['white space', 100_000, textWork((n) => ' '.repeat(n), counted)],
  ],
  planSlices: [
    ['one long text', 100_000, (n) => () => sliced(['x '.repeat(n)])],
    ['many short texts', 50_000, (n) => () => sliced(many(n, () => 'x'))],
    ['many empty texts', 50_000, (n) => () => sliced([...many(n, () => ''), 'x'.repeat(20_000)])],
  ],
  createCountJob: [
    [
      'many texts',
      50_000,
      (size) => {
        const texts = many(size, () => 'x')
        const pdfs = many(size, () => 'x')
        return () => {
          const job = createCountJob({ knownTokens: 0, texts, pdfs }, 'o200k_base')
          while (job.next()) job.add(1)
        }
      },
    ],
  ],
  createTurns: [['many jobs of many callers', 20_000, inTurns]],
}
