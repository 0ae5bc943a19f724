/** Makes usage consistent for clients that add and compare it: no part exceeds its total. */
import type { Usage } from '#model'

/** @param inputEstimate used if the upstream did not report the input. */
export const toConsistentUsage = (usage: Usage, inputEstimate: number) => {
  const isReported = usage.inputTokens > 0
  const input = isReported ? usage.inputTokens : inputEstimate
  const read = isReported ? Math.min(usage.cacheReadTokens, input) : 0
  const written = isReported ? Math.min(usage.cacheWriteTokens, input - read) : 0
  const output = Math.max(usage.outputTokens, usage.reasoningTokens)
  return { input, read, written, output, total: input + output, thoughts: usage.reasoningTokens }
}
