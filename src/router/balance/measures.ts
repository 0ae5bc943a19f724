/** What the strategies compare. */
import { NO_USAGE, type Pricer } from '#model'
import type { Target } from '../target.ts'
import type { Traffic } from './traffic.ts'
import type { Tree } from './tree.ts'

export type Member = Tree<Target>

export interface Measures {
  /** Calls in progress: of several targets, the fewest. */
  busyOf(member: Member): number
  /** The time to the first byte. One that was never asked is tried first. */
  latencyOf(member: Member): number
  /** The cost of a call of this size, in US dollars. Null if no price is known. */
  priceOf(target: Target, inputTokens: number): number | null
  /** The cheapest first. An unknown price is last. */
  byPrice(members: readonly Member[], inputTokens: number): readonly Member[]
}

/** The input of a call is known, its answer is not. Prices are compared for an answer of this length. */
const USUAL_OUTPUT_TOKENS = 500

/** The least of all targets of a member. */
const leastOf = (member: Member, measure: (target: Target) => number): number => {
  if ('value' in member) return measure(member.value)
  let least = Infinity
  for (const each of member.members) least = Math.min(least, leastOf(each, measure))
  return least
}

export const createMeasures = (traffic: Pick<Traffic, 'describe'>, price: Pricer): Measures => {
  const busy = (target: Target): number => traffic.describe(target).busy
  const latency = (target: Target): number => traffic.describe(target).latencyMs ?? 0
  const priceOf = ({ provider, model }: Target, inputTokens: number): number | null => {
    const usage = { ...NO_USAGE, inputTokens, outputTokens: USUAL_OUTPUT_TOKENS }
    return price({ provider: provider.name, model }, usage, Date.now())
  }
  return {
    busyOf: (member) => leastOf(member, busy),
    latencyOf: (member) => leastOf(member, latency),
    priceOf,
    byPrice: (members, inputTokens) =>
      members
        .map((member) => ({
          member,
          cost: leastOf(member, (target) => priceOf(target, inputTokens) ?? Infinity),
        }))
        .toSorted((one, other) => (one.cost === other.cost ? 0 : one.cost - other.cost))
        .map(({ member }) => member),
  }
}
