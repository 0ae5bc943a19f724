/** One request on its way through the counting thread, slice by slice. */
import type { CountQuestion } from './count-messages.ts'
import type { Countable } from '../parts/countable.ts'
import type { EncodingName } from '../model-encoding.ts'
import { planSlices } from './slices.ts'

export interface CountJob {
  /** The next slice, or undefined if all are counted. */
  next(): CountQuestion | undefined
  add(tokens: number): void
  /** The total for the request. */
  readonly tokens: number
}

export const createCountJob = (
  { knownTokens, texts, pdfs }: Countable,
  encoding: EncodingName,
): CountJob => {
  const { slices, scale } = planSlices(texts)
  const files = pdfs.values()
  let textTokens = 0
  let fileTokens = 0
  let inTexts = true

  return {
    next() {
      const slice = slices.next()
      if (!slice.done) return { encoding, texts: slice.value, pdfs: [] }
      inTexts = false
      const file = files.next()
      return file.done ? undefined : { encoding, texts: [], pdfs: [file.value] }
    },
    add(tokens) {
      if (inTexts) textTokens += tokens
      else fileTokens += tokens
    },
    get tokens() {
      return knownTokens + Math.round(textTokens * scale) + fileTokens
    },
  }
}
