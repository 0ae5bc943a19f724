/** Usage as clients add and compare it: parts never exceed their whole. */
import type { Usage } from '#model'

/** @param inputEstimate stands where the upstream did not tell the input. */
export const toConsistentUsage = (usage: Usage, inputEstimate: number) => {
  const told = usage.inputTokens > 0
  const input = told ? usage.inputTokens : inputEstimate
  const read = told ? Math.min(usage.cacheReadTokens, input) : 0
  const written = told ? Math.min(usage.cacheWriteTokens, input - read) : 0
  const output = Math.max(usage.outputTokens, usage.reasoningTokens)
  return { input, read, written, output, total: input + output, thoughts: usage.reasoningTokens }
}
