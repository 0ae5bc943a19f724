/** Finds the targets whose calls would have no known cost. */
import type { AppOptions, Inspection } from '#app'
import { type Finding, note } from './finding.ts'

const SAMPLE = {
  inputTokens: 1000,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 1000,
  reasoningTokens: 0,
} as const

/** Only targets that the configuration names: any other name is for a client to choose. */
export const checkPrices = (
  { aliases, defaultModel }: AppOptions,
  { price, providers }: Inspection,
  now: number,
): readonly Finding[] => {
  const named = new Set([
    ...aliases.flatMap(({ targets }) => targets),
    ...(defaultModel === undefined ? [] : [defaultModel]),
  ])
  return [...named].flatMap((target) => {
    const slash = target.indexOf('/')
    const provider = providers.find(({ name }) => name === target.slice(0, slash))
    const model = target.slice(slash + 1)
    if (!provider || /[*$]/.test(model)) return []
    const cost = price({ provider: provider.name, model }, SAMPLE, now)
    return cost === null
      ? [note(`prices.${target}`, 'is not known, so calls to it have no cost in reports')]
      : []
  })
}
