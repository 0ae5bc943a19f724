/** Puts the targets of a call in the order in which they are tried, by the strategies of its alias. */
import type { Target } from '../target.ts'
import type { Measures, Member } from './measures.ts'
import type { Traffic } from './traffic.ts'
import type { Branch, Strategy, Tree } from './tree.ts'

export interface OrderOptions {
  readonly traffic: Pick<Traffic, 'permits'>
  readonly measures: Measures
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

type Able = (member: Member) => boolean
type Choose = (members: readonly Member[], isAble: Able) => Member | undefined

const nthAble = (members: readonly Member[], isAble: Able, nth: number): Member | undefined => {
  let left = nth
  for (const member of members) if (isAble(member) && left-- === 0) return member
  return undefined
}

export const createOrder = ({ traffic, measures, random }: OrderOptions): Order => {
  const { busyOf, latencyOf, byPrice } = measures

  const drawByWeight: Choose = (members, isAble) => {
    let total = 0
    for (const member of members) if (isAble(member)) total += member.weight
    let left = random() * total
    for (const member of members)
      if (isAble(member) && member.weight > 0 && (left -= member.weight) < 0) return member
    return nthAble(members, isAble, 0)
  }

  /** Those that are equally busy are chosen equally often, wherever they are in the list. */
  const findLeastBusy: Choose = (members, isAble) => {
    let found: Member | undefined
    let least = Infinity
    let equals = 0
    for (const member of members) {
      if (!isAble(member)) continue
      const busy = busyOf(member)
      if (busy < least) [found, least, equals] = [member, busy, 1]
      else if (busy === least && random() * ++equals < 1) found = member
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
    return latencyOf(second) < latencyOf(first) ? second : first
  }

  const CHOICES: Readonly<Record<Exclude<Strategy, 'ordered' | 'cheapest'>, Choose>> = {
    weighted: drawByWeight,
    least_busy: findLeastBusy,
    lowest_latency: chooseQuicker,
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
