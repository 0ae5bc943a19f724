/** What strategies and breakers make of the targets of a call at present, for whoever asks. No call needs it. */
import type { Target } from '../target.ts'
import type { Measures, Member } from './measures.ts'
import type { TargetView, Traffic } from './traffic.ts'
import { type Branch, someLeaf } from './tree.ts'

export interface Outlook extends TargetView {
  readonly target: Target
  /** Of the next calls, the part that tries it first. */
  readonly share: number
  /** It is tried after the others, because it fails or rests. */
  readonly isSkipped: boolean
  /** Of a call of this size, in US dollars. Null if no price is known. */
  readonly price: number | null
}

/** @returns the targets in the order in which most calls would try them. */
export type LookAhead = (
  tree: Member,
  among: readonly Target[],
  inputTokens: number,
) => readonly Outlook[]

type Test = (member: Member) => boolean

export const createLookAhead = (
  { permits, describe }: Pick<Traffic, 'permits' | 'describe'>,
  measures: Measures,
): LookAhead => {
  /** The part of each member, of which those count that pass the test. At least one does. */
  const sharesOf = ({ strategy, members }: Branch<Target>, counts: Test): readonly number[] => {
    const able = members.filter(counts)
    const only = (one: Member | undefined) => members.map((each) => (each === one ? 1 : 0))
    const split = (shareOf: (member: Member) => number) =>
      members.map((each) => (able.includes(each) ? shareOf(each) : 0))
    if (able.length < 2) return only(able[0])
    switch (strategy) {
      case 'ordered':
      case 'cheapest':
        return only(able[0])
      case 'weighted': {
        const total = able.reduce((sum, { weight }) => sum + weight, 0)
        return total === 0 ? only(able[0]) : split(({ weight }) => weight / total)
      }
      case 'least_busy': {
        const least = Math.min(...able.map(measures.busyOf))
        const equals = able.filter((each) => measures.busyOf(each) === least)
        return split((each) => (equals.includes(each) ? 1 / equals.length : 0))
      }
      case 'lowest_latency':
        return split((each) => shareOfTwo(each, able))
    }
  }

  /** Two are drawn. If they are equally quick, the one that was drawn first is used. */
  const shareOfTwo = (member: Member, able: readonly Member[]): number => {
    const ms = measures.latencyOf(member)
    let wins = 0
    for (const other of able) {
      const otherMs = measures.latencyOf(other)
      if (other !== member) wins += Number(ms <= otherMs) + Number(ms < otherMs)
    }
    return wins / (able.length * (able.length - 1))
  }

  return (tree, among, inputTokens) => {
    const shares = new Map<Target, number>()
    const ordered: Target[] = []
    const may: Test = (member) => someLeaf(member, (target) => among.includes(target))
    const isAble: Test = (member) =>
      someLeaf(member, (target) => among.includes(target) && permits(target))

    const visit = (member: Member, share: number): void => {
      if ('value' in member) {
        if (!among.includes(member.value)) return
        ordered.push(member.value)
        shares.set(member.value, share)
        return
      }
      const members =
        member.strategy === 'cheapest'
          ? measures.byPrice(member.members, inputTokens)
          : member.members
      const parts = sharesOf({ ...member, members }, isAble(member) ? isAble : may)
      const most = parts.indexOf(Math.max(...parts))
      const visitAt = (at: number): void => {
        const each = members[at]
        if (each) visit(each, share * (parts[at] ?? 0))
      }
      const isByChance = member.strategy !== 'ordered' && member.strategy !== 'cheapest'
      if (isByChance) visitAt(most)
      for (let at = 0; at < members.length; at++) if (!isByChance || at !== most) visitAt(at)
    }
    visit(tree, 1)
    const isAnyAble = ordered.some(permits)
    const looked = ordered.map((target) => ({
      ...describe(target),
      target,
      share: shares.get(target) ?? 0,
      isSkipped: isAnyAble && !permits(target),
      price: measures.priceOf(target, inputTokens),
    }))
    return [
      ...looked.filter(({ isSkipped }) => !isSkipped),
      ...looked.filter(({ isSkipped }) => isSkipped),
    ]
  }
}
