/** Writes how hard the model is to think: https://ai.google.dev/gemini-api/docs/thinking */
import type { Effort, JsonObject, ModelRequest } from '#model'
import { EFFORT_BUDGETS, toEffort, toKnownEffort } from '../requests/effort.ts'
import { withoutUndefined } from '../requests/fields.ts'
import type { Drop, TargetTraits } from '../protocol.ts'

const LEVELS: readonly Effort[] = ['minimal', 'low', 'medium', 'high']
const AUTOMATIC = -1

export const encodeThinking = (
  { reasoning }: ModelRequest,
  { thinking = 'adaptive', alwaysThinks, efforts = LEVELS, thinkingBudgets }: TargetTraits,
  drop: Drop,
): JsonObject | undefined => {
  if (!reasoning) return undefined
  const { effort, budgetTokens, display } = reasoning
  const isOff = effort === 'none'
  if (thinking === 'none' || (isOff && (alwaysThinks || thinking === 'adaptive'))) {
    if (!isOff || thinking !== 'none') drop('thinking')
    const [least = 'low'] = efforts
    if (thinking === 'none') return undefined
    return thinking === 'adaptive'
      ? { thinkingLevel: least.toUpperCase() }
      : { thinkingBudget: thinkingBudgets?.[0] ?? AUTOMATIC }
  }
  if (isOff) return { thinkingBudget: 0 }
  const shown = { includeThoughts: display !== 'omitted' }
  if (thinking === 'budget') {
    const wanted = budgetTokens ?? (effort && EFFORT_BUDGETS[effort])
    const [least, most] = thinkingBudgets ?? [0, Number.POSITIVE_INFINITY]
    const thinkingBudget =
      wanted === undefined ? AUTOMATIC : Math.min(most, Math.max(least, wanted))
    return { ...shown, thinkingBudget }
  }
  const wanted = effort ?? (budgetTokens === undefined ? undefined : toEffort(budgetTokens))
  return withoutUndefined({
    ...shown,
    thinkingLevel: wanted && toKnownEffort(wanted, efforts).toUpperCase(),
  })
}
