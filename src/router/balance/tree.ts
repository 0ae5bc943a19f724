/** The names of an alias, or their targets, with the strategies that choose among them. Aliases may be in aliases. */

export const STRATEGIES = [
  'ordered',
  'weighted',
  'least_busy',
  'lowest_latency',
  'cheapest',
] as const

export type Strategy = (typeof STRATEGIES)[number]

export type Tree<Value> = Leaf<Value> | Branch<Value>

interface Leaf<Value> {
  /** Its share among its neighbours, where they are weighted. */
  readonly weight: number
  readonly value: Value
}

export interface Branch<Value> {
  readonly weight: number
  readonly strategy: Strategy
  /** After how long without an answer a second target is asked as well. Absent: never. */
  readonly hedgeAfterMs?: number | undefined
  readonly members: readonly Tree<Value>[]
  /** Whether the calls of a conversation stay with one member. */
  readonly keepsConversations: boolean
}

export const leavesOf = <Value>(tree: Tree<Value>): readonly Value[] =>
  'value' in tree ? [tree.value] : tree.members.flatMap(leavesOf)

/** Whether one of its leaves passes the test. */
export const someLeaf = <Value>(tree: Tree<Value>, test: (value: Value) => boolean): boolean =>
  'value' in tree ? test(tree.value) : tree.members.some((member) => someLeaf(member, test))

/** Replaces each leaf by several, of which the first is preferred. Undefined if nothing is left. */
export const replaceLeaves = <Value, Other>(
  tree: Tree<Value>,
  replace: (value: Value) => readonly Other[],
): Tree<Other> | undefined => {
  const { weight } = tree
  if ('value' in tree) {
    const leaves = replace(tree.value).map((value) => ({ weight: 1, value }))
    const [first, second] = leaves
    if (!first || !second) return first && { ...first, weight }
    return { weight, strategy: 'ordered', members: leaves, keepsConversations: true }
  }
  const members = tree.members
    .map((member) => replaceLeaves(member, replace))
    .filter((member) => member !== undefined)
  return members.length > 0 ? { ...tree, members } : undefined
}

/** Whether the order of its leaves is always the same. */
export const isFixed = <Value>(tree: Tree<Value>): boolean =>
  'value' in tree || (tree.strategy === 'ordered' && tree.members.every(isFixed))

/** Whether the calls of a conversation stay with one target. */
export const keepsConversations = <Value>(tree: Tree<Value>): boolean =>
  'value' in tree || (tree.keepsConversations && tree.members.every(keepsConversations))
