/** Puts the targets of a call in the order in which they are tried, by the strategies of its alias. */
import type { Conversation } from '#model'
import { createDistances, type DistanceOf } from '../affinity/distances.ts'
import type { Target } from '../target.ts'
import type { Measures, Member } from './measures.ts'
import type { Traffic } from './traffic.ts'
import { type Branch, someLeaf, type Strategy, type Tree } from './tree.ts'

export interface OrderOptions {
  readonly traffic: Pick<Traffic, 'permits'>
  readonly measures: Measures
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
}

interface Asking {
  /** The targets that may be tried: those of the tree, or some of them. */
  readonly among: readonly Target[]
  /** About how many tokens the call has. */
  readonly inputTokens: number
  readonly conversation?: Conversation | undefined
}

export interface Order {
  /** @param kept the target of the conversation's last call. Strategies that choose keep it, the others do not. */
  sort(tree: Tree<Target>, asking: Asking, kept?: Target): readonly Target[]
  /** The target that would be first if all worked. Undefined if that depends on how busy they are. */
  findUsual(tree: Tree<Target>, asking: Asking): Target | undefined
}

type Able = (member: Member) => boolean
type Choose = (
  members: readonly Member[],
  isAble: Able,
  distanceOf: DistanceOf | undefined,
) => Member | undefined

const nthAble = (members: readonly Member[], isAble: Able, nth: number): Member | undefined => {
  let left = nth
  for (const member of members) if (isAble(member) && left-- === 0) return member
  return undefined
}

const nearest = (
  members: readonly Member[],
  isAble: Able,
  distanceOf: (member: Member) => number,
): Member | undefined => {
  let found: Member | undefined
  let least = Infinity
  for (const member of members) {
    const distance = isAble(member) ? distanceOf(member) : Infinity
    if (distance < least) [found, least] = [member, distance]
  }
  return found
}

const holds = (member: Member, target: Target): boolean =>
  someLeaf(member, (each) => each === target)

const mayOf =
  (among: readonly Target[]): Able =>
  (member) =>
    someLeaf(member, (target) => among.includes(target))

const toDistances = (branch: Branch<Target>, { conversation }: Asking): DistanceOf | undefined =>
  conversation && branch.keepsConversations ? createDistances(branch, conversation) : undefined

export const createOrder = ({ traffic, measures, random }: OrderOptions): Order => {
  const { busyOf, latencyOf } = measures

  const drawByWeight: Choose = (members, isAble, distanceOf) => {
    if (distanceOf)
      return (
        nearest(members, isAble, (member) => distanceOf(member, member.weight)) ??
        nthAble(members, isAble, 0)
      )
    let total = 0
    for (const member of members) if (isAble(member)) total += member.weight
    let left = random() * total
    for (const member of members)
      if (isAble(member) && member.weight > 0 && (left -= member.weight) < 0) return member
    return nthAble(members, isAble, 0)
  }

  /**
   * Of those that are equally busy, a conversation has the nearest. Other calls choose each equally often, wherever it is
   * in the list.
   */
  const findLeastBusy: Choose = (members, isAble, distanceOf) => {
    let found: Member | undefined
    let least = Infinity
    let equals = 0
    const isPreferred = (member: Member): boolean =>
      distanceOf && found ? distanceOf(member) < distanceOf(found) : random() * ++equals < 1
    for (const member of members) {
      if (!isAble(member)) continue
      const busy = busyOf(member)
      if (busy < least) [found, least, equals] = [member, busy, 1]
      else if (busy === least && isPreferred(member)) found = member
    }
    return found
  }

  /** The better of two: if all calls went to the quickest one, it would be the quickest no more. */
  const chooseQuicker: Choose = (members, isAble, distanceOf) => {
    const [first, second] = distanceOf
      ? members.filter(isAble).toSorted((one, other) => distanceOf(one) - distanceOf(other))
      : drawTwo(members, isAble)
    if (!first || !second) return first ?? second
    return latencyOf(second) < latencyOf(first) ? second : first
  }

  const drawTwo = (members: readonly Member[], isAble: Able): readonly (Member | undefined)[] => {
    const count = members.reduce((sum, member) => sum + (isAble(member) ? 1 : 0), 0)
    if (count < 2) return [nthAble(members, isAble, 0)]
    const one = Math.floor(random() * count)
    const other = (one + 1 + Math.floor(random() * (count - 1))) % count
    return [nthAble(members, isAble, one), nthAble(members, isAble, other)]
  }

  const CHOICES: Readonly<Record<Exclude<Strategy, 'ordered' | 'cheapest'>, Choose>> = {
    weighted: drawByWeight,
    least_busy: findLeastBusy,
    lowest_latency: chooseQuicker,
  }

  /** A target that was kept is the first of those that cost as much as the cheapest. */
  const byPrice = (
    members: readonly Member[],
    inputTokens: number,
    kept?: Target,
  ): readonly Member[] => {
    const keeper = kept && members.find((member) => holds(member, kept))
    const others = members.filter((member) => member !== keeper)
    return measures.byPrice(keeper ? [keeper, ...others] : members, inputTokens)
  }

  const sort: Order['sort'] = (tree, asking, kept) => {
    const { among, inputTokens } = asking
    const ordered: Target[] = []
    const may = mayOf(among)
    const isAble: Able = (member) =>
      someLeaf(member, (target) => among.includes(target) && traffic.permits(target))

    /** What has no weight is only a fallback, so nothing stays there. */
    const findKept = ({ strategy, members }: Branch<Target>): Member | undefined =>
      kept &&
      members.find(
        (member) =>
          holds(member, kept) && isAble(member) && (strategy !== 'weighted' || member.weight > 0),
      )

    /** The others follow in their own order, for when the first one fails. */
    const addFirst = (branch: Branch<Target>): void => {
      const { strategy, members } = branch
      if (strategy === 'ordered') return members.forEach(add)
      if (strategy === 'cheapest') return byPrice(members, inputTokens, kept).forEach(add)
      const choose = CHOICES[strategy]
      const distanceOf = toDistances(branch, asking)
      const first =
        findKept(branch) ?? choose(members, isAble, distanceOf) ?? choose(members, may, distanceOf)
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

  const findUsual: Order['findUsual'] = (tree, asking) => {
    if ('value' in tree) return tree.value
    const { strategy, members } = tree
    const may = mayOf(asking.among)
    const findFirst = (): Member | undefined => {
      if (strategy === 'ordered') return members.find(may)
      if (strategy === 'cheapest') return byPrice(members, asking.inputTokens).find(may)
      const distanceOf = toDistances(tree, asking)
      return strategy === 'weighted' && distanceOf
        ? drawByWeight(members, may, distanceOf)
        : undefined
    }
    const first = findFirst()
    return first && findUsual(first, asking)
  }

  return { sort, findUsual }
}
