/** Puts the targets of a call in order, so that it goes to where its conversation is. */
import { hash } from 'node:crypto'
import type { Conversation } from '#model'
import type { Order } from '../balance/order.ts'
import { isFixed, keepsConversations, leavesOf, type Tree } from '../balance/tree.ts'
import { type NamedTarget, type Target, toTargetName } from '../target.ts'
import type { Belonging } from './belonging.ts'
import type { Places } from './places.ts'

interface KeepPlacesOptions {
  readonly places: Places
  readonly order: Order
  readonly permits: (target: Target) => boolean
}

interface Answered {
  readonly tree: Tree<Target>
  readonly targets: readonly Target[]
  /** The one that answered. */
  readonly target: Target
  readonly inputTokens: number
  readonly belonging: Belonging
}

export interface KeepPlaces {
  sort(
    tree: Tree<Target>,
    among: readonly Target[],
    inputTokens: number,
    belonging: Belonging | undefined,
  ): readonly Target[]
  answered(call: Answered): void
}

export const createKeepPlaces = ({ places, order, permits }: KeepPlacesOptions): KeepPlaces => {
  const findPlace = (
    tree: Tree<Target>,
    among: readonly Target[],
    belonging: Belonging,
  ): Target | undefined => {
    if (!keepsConversations(tree)) return undefined
    const last = findAmong(among, belonging.last)
    if (last) return last
    if (places.isEmpty) return undefined
    const { conversation } = belonging
    const name = conversation && places.find(conversation, routeOf(tree))
    return name === undefined ? undefined : among.find((target) => toTargetName(target) === name)
  }

  return {
    sort(tree, among, inputTokens, belonging) {
      const place = belonging && findPlace(tree, among, belonging)
      const kept = place && permits(place) ? place : undefined
      const sorted = isFixed(tree)
        ? among
        : order.sort(tree, { among, inputTokens, conversation: belonging?.conversation }, kept)
      const home = findAmong(among, belonging?.home)
      if (home) return putFirst(home, sorted)
      // Only what its account has sealed binds more than the order that the operator wants.
      const isBound = kept !== undefined && kept !== sorted[0] && belonging?.hasSealedThoughts
      return isBound ? putFirst(kept, sorted) : sorted
    },

    answered({ tree, targets, target, inputTokens, belonging }) {
      if (!keepsConversations(tree)) return
      const isUsual = (conversation?: Conversation): boolean =>
        order.findUsual(tree, { among: targets, inputTokens, conversation }) === target
      // Most aliases are lists that work. Then nothing has to be known of the call.
      if (isFixed(tree) && places.isEmpty && isUsual()) return
      const { conversation } = belonging
      if (!conversation) return
      const place = findPlace(tree, targets, belonging)
      // It stays there, although this call passed it over.
      if (place && (place === target || permits(place))) return
      if (place || !isUsual(conversation))
        places.note(conversation, routeOf(tree), toTargetName(target))
    },
  }
}

const putFirst = (first: Target, targets: readonly Target[]): readonly Target[] => [
  first,
  ...targets.filter((target) => target !== first),
]

const findAmong = (
  among: readonly Target[],
  known: NamedTarget | undefined,
): Target | undefined => {
  const name = known && toTargetName(known)
  return name === undefined ? undefined : among.find((target) => toTargetName(target) === name)
}

const routes = new WeakMap<Tree<Target>, string>()

/** The same in every process that has the same aliases. */
const routeOf = (tree: Tree<Target>): string => {
  const known = routes.get(tree)
  if (known !== undefined) return known
  const route = hash('sha256', leavesOf(tree).map(toTargetName).join('\n')).slice(0, 16)
  routes.set(tree, route)
  return route
}
