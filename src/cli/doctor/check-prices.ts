/** Finds the targets whose calls would have no known cost. */
import type { AppOptions, Inspection } from '#app'
import { NO_USAGE } from '#model'
import { namedTargets } from '#router'
import { type Finding, note } from './finding.ts'

const SAMPLE = { ...NO_USAGE, inputTokens: 1000, outputTokens: 1000 }

/** Only targets that the configuration names: any other name is for a client to choose. */
export const checkPrices = (
  options: AppOptions,
  { price, providers }: Inspection,
  now: number,
): readonly Finding[] => {
  const unpriced = namedTargets(options)
    .filter(({ provider }) => providers.some(({ name }) => name === provider))
    .filter((target) => price(target, SAMPLE, now) === null)
  const names = new Set(unpriced.map(({ provider, model }) => `${provider}/${model}`))
  return [...names].map((name) =>
    note(`prices.${name}`, 'is not known, so calls to it have no cost in reports'),
  )
}
