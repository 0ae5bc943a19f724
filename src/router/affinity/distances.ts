/** Compares the members of an alias for a conversation, so that it always has the same one, and shares stay right. */
import { chanceOf, type Conversation } from '#model'
import { type Target, toTargetName } from '../target.ts'
import type { Branch, Tree } from '../balance/tree.ts'

type Member = Tree<Target>

/**
 * How far a member is from a conversation. The nearest one is its own: for as large a part of all conversations as its
 * weight is of all weights. Without one of the members, only its own conversations have another one.
 */
export type DistanceOf = (member: Member, weight?: number) => number

export const createDistances = (branch: Branch<Target>, conversation: Conversation): DistanceOf => {
  const labels = labelsOf(branch)
  return (member, weight = 1) =>
    weight > 0 ? -Math.log(1 - chanceOf(conversation, labels.get(member) ?? '')) / weight : Infinity
}

const known = new WeakMap<Branch<Target>, ReadonlyMap<Member, string>>()

const labelsOf = (branch: Branch<Target>): ReadonlyMap<Member, string> => {
  const found = known.get(branch)
  if (found) return found
  const level = levelOf(branch)
  const counts = new Map<string, number>()
  const labels = new Map<Member, string>()
  for (const member of branch.members) {
    // A target may be in an alias and in one inside it: what is drawn in one must say nothing about the other.
    const label = `${level} ${toLabel(member)}`
    const count = (counts.get(label) ?? 0) + 1
    counts.set(label, count)
    labels.set(member, count === 1 ? label : `${label} ${count}`)
  }
  known.set(branch, labels)
  return labels
}

const levelOf = (member: Member): number =>
  'value' in member ? 0 : 1 + Math.max(0, ...member.members.map(levelOf))

/** An inner alias has the label of its first target. */
const toLabel = (member: Member): string => {
  if ('value' in member) return toTargetName(member.value)
  const [first] = member.members
  return first ? `(${toLabel(first)})` : ''
}
