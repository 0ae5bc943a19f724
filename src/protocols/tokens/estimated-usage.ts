/** Estimates the cost of an answer whose upstream does not report it. */
import { NO_USAGE, type Usage } from '#model'

/** Of an answer whose text nobody has counted here. */
export const UNREPORTED: Usage = { ...NO_USAGE, estimated: true }

const CHARACTERS_PER_TOKEN = 4

/** @param characters of everything that the model wrote. */
export const estimateUsage = (characters: number): Usage => ({
  ...NO_USAGE,
  outputTokens: Math.ceil(characters / CHARACTERS_PER_TOKEN),
  estimated: true,
})
