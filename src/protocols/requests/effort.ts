/** How hard to think. Vendors take either a word or a number of tokens. */
import type { Effort } from '#model'

export const EFFORT_BUDGETS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 65_536,
}

/** The words that every vendor knows, in descending order. */
const COMMON_EFFORTS = ['high', 'medium', 'low'] as const satisfies readonly Effort[]

const ORDER = Object.keys(EFFORT_BUDGETS) as readonly Effort[]

/** The highest known effort up to the wanted one, or the lowest known. */
export const toKnownEffort = (wanted: Effort, known: readonly Effort[] = ORDER): Effort =>
  known.findLast((effort) => ORDER.indexOf(effort) <= ORDER.indexOf(wanted)) ?? known[0] ?? wanted

/** The effort that corresponds to a budget. */
export const toEffort = (budgetTokens: number): Effort =>
  COMMON_EFFORTS.find((effort) => budgetTokens >= EFFORT_BUDGETS[effort]) ?? 'low'
