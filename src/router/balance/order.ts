/** Puts the targets of a call in the order in which they are tried, by the strategies of its alias. */
import { NO_USAGE, type Pricer } from '#model'
import type { Target } from '../target.ts'
import type { Traffic } from './traffic.ts'
import type { Branch, Strategy, Tree } from './tree.ts'

export interface OrderOptions {
  readonly traffic: Traffic
  readonly price: Pricer
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
}

/**
 * @param among the targets that may be tried: those of the tree, or some of them.
 * @param inputTokens about how many tokens the call has.
 */
export type Order = (
  tree: Tree<Target>,
  among: readonly Target[],
  inputTokens: number,
) => readonly Target[]

/** The input of a call is known, its answer is not. Prices are compared for an answer of this length. */
const USUAL_OUTPUT_TOKENS = 500

type Member = Tree<Target>
type Able = (member: Member) => boolean
type Choose = (members: readonly Member[], isAble: Able) => Member | undefined

const nthAble = (members: readonly Member[], isAble: Able, nth: number): Member | undefined => {
  let left = nth
  for (const member of members) if (isAble(member) && left-- === 0) return member
  return undefined
}

export const createOrder = ({ traffic, price, random }: OrderOptions): Order => {
  /** The least of all targets of a member. */
  const leastOf = (member: Member, measure: (target: Target) => number): number => {
    if ('value' in member) return measure(member.value)
    let least = Infinity
    for (const each of member.members) least = Math.min(least, leastOf(each, measure))
    return least
  }
  const busyOf = (target: Target): number => traffic.describe(target).busy
  /** One that was never asked is tried first. */
  const latencyOf = (target: Target): number => traffic.describe(target).latencyMs ?? 0

  const drawByWeight: Choose = (members, isAble) => {
    let total = 0
    for (const member of members) if (isAble(member)) total += member.weight
    let left = random() * total
    for (const member of members)
      if (isAble(member) && member.weight > 0 && (left -= member.weight) < 0) return member
    return nthAble(members, isAble, 0)
  }

  /** Begins anywhere, so that targets that are equally busy are chosen equally often. */
  const findLeastBusy: Choose = (members, isAble) => {
    const start = Math.floor(random() * members.length)
    let found: Member | undefined
    let least = Infinity
    for (let step = 0; step < members.length; step++) {
      const member = members[(start + step) % members.length]
      if (!member || !isAble(member)) continue
      const busy = leastOf(member, busyOf)
      if (busy < least) [found, least] = [member, busy]
    }
    return found
  }

  /** The better of two: if all calls went to the quickest one, it would be the quickest no more. */
  const chooseQuicker: Choose = (members, isAble) => {
    const count = members.reduce((sum, member) => sum + (isAble(member) ? 1 : 0), 0)
    if (count < 2) return nthAble(members, isAble, 0)
    const one = Math.floor(random() * count)
    const other = (one + 1 + Math.floor(random() * (count - 1))) % count
    const [first, second] = [nthAble(members, isAble, one), nthAble(members, isAble, other)]
    if (!first || !second) return first ?? second
    return leastOf(second, latencyOf) < leastOf(first, latencyOf) ? second : first
  }

  const CHOICES: Readonly<Record<Exclude<Strategy, 'ordered' | 'cheapest'>, Choose>> = {
    weighted: drawByWeight,
    least_busy: findLeastBusy,
    lowest_latency: chooseQuicker,
  }

  const byPrice = (members: readonly Member[], inputTokens: number): readonly Member[] => {
    const usage = { ...NO_USAGE, inputTokens, outputTokens: USUAL_OUTPUT_TOKENS }
    const atMs = Date.now()
    const priceOf = ({ provider, model }: Target): number =>
      price({ provider: provider.name, model }, usage, atMs) ?? Infinity
    return members
      .map((member) => ({ member, cost: leastOf(member, priceOf) }))
      .toSorted((one, other) => (one.cost === other.cost ? 0 : one.cost - other.cost))
      .map(({ member }) => member)
  }

  return (tree, among, inputTokens) => {
    const ordered: Target[] = []
    const may: Able = (member) =>
      'value' in member ? among.includes(member.value) : member.members.some(may)
    const isAble: Able = (member) =>
      'value' in member
        ? among.includes(member.value) && traffic.permits(member.value)
        : member.members.some(isAble)

    /** The others follow in their own order, for when the first one fails. */
    const addFirst = ({ strategy, members }: Branch<Target>): void => {
      if (strategy === 'ordered') return members.forEach(add)
      if (strategy === 'cheapest') return byPrice(members, inputTokens).forEach(add)
      const choose = CHOICES[strategy]
      const first = choose(members, isAble) ?? choose(members, may)
      if (first) add(first)
      for (const member of members) if (member !== first) add(member)
    }
    const add = (member: Member): void => {
      if (!('value' in member)) addFirst(member)
      else if (among.includes(member.value)) ordered.push(member.value)
    }
    add(tree)
    return ordered
  }
}
