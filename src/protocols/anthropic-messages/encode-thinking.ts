/** Writes how much of an answer may be thinking. */
import type { Effort, JsonObject, ModelRequest, ReasoningRequest } from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import { EFFORT_BUDGETS, toEffort, toKnownEffort } from '../requests/effort.ts'
import type { TargetTraits } from '../protocol.ts'
import { mostTokens, toMaxTokens } from './max-tokens.ts'
import type { RequestMessage } from './wire.ts'

export interface Thinking {
  readonly maxTokens: number
  readonly thinking?: JsonObject
  readonly effort?: string
  /** Thinking was requested but is not available. */
  readonly refused: boolean
}

const LEAST_BUDGET = 1024
const OWN_EFFORTS: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max']

export const encodeThinking = (
  { reasoning, maxOutputTokens }: ModelRequest,
  traits: TargetTraits,
  messages: readonly RequestMessage[],
): Thinking => {
  const maxTokens = toMaxTokens(maxOutputTokens, traits)
  const form = traits.thinking ?? 'adaptive'
  if (!reasoning) return { maxTokens, refused: false }
  if (reasoning.effort === 'none' && traits.alwaysThinks)
    return { maxTokens, refused: true, effort: 'low' }
  if (reasoning.effort === 'none')
    return form === 'none'
      ? { maxTokens, refused: false }
      : { maxTokens, refused: false, thinking: { type: 'disabled' } }
  if (form === 'none') return { maxTokens, refused: true }
  return form === 'adaptive'
    ? encodeAdaptive(reasoning, maxTokens, traits.efforts)
    : encodeBudget(reasoning, maxTokens, mostTokens(traits), messages)
}

const encodeAdaptive = (
  reasoning: ReasoningRequest,
  maxTokens: number,
  known: readonly Effort[] = OWN_EFFORTS,
): Thinking => {
  const effort = reasoning.effort ?? (reasoning.budgetTokens && toEffort(reasoning.budgetTokens))
  const thinking = withoutUndefined({ type: 'adaptive', display: reasoning.display })
  return effort
    ? { maxTokens, refused: false, thinking, effort: toKnownEffort(effort, known) }
    : { maxTokens, refused: false, thinking }
}

const encodeBudget = (
  reasoning: ReasoningRequest,
  maxTokens: number,
  most: number,
  messages: readonly RequestMessage[],
): Thinking => {
  const wanted = reasoning.budgetTokens ?? EFFORT_BUDGETS[reasoning.effort ?? 'medium']
  const budget = Math.max(LEAST_BUDGET, wanted)
  // The limit covers thoughts and answer together, but the client asked for that much answer.
  const limit = budget < maxTokens ? maxTokens : Math.min(most, maxTokens + budget)
  const room = budget < limit ? budget : limit - Math.min(maxTokens, Math.ceil(limit / 2))
  if (room < LEAST_BUDGET || lacksThoughts(messages)) return { maxTokens, refused: true }
  const { display } = reasoning
  const thinking = withoutUndefined({ type: 'enabled', budget_tokens: room, display })
  return { maxTokens: limit, refused: false, thinking }
}

/** While tools are in use, the vendor requires the thoughts that led to their calls. */
const lacksThoughts = (messages: readonly RequestMessage[]): boolean => {
  const last = messages.findLast(({ role }) => role === 'assistant')
  if (!last?.content.some(({ type }) => type === 'tool_use')) return false
  const first = last.content[0]?.type
  return first !== 'thinking' && first !== 'redacted_thinking'
}
