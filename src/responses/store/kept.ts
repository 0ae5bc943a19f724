/**
 * What is kept for each caller, in the order in which it came. What the users of a caller have counts for the caller:
 * one that divides its own among many users has no larger share than others. Nothing here takes longer the more is kept.
 */

export interface Kept<Item> {
  /** Adds it as the newest, or makes it the newest again. */
  add(callerId: string, item: Item): void
  delete(callerId: string, item: Item): void
  /** Changes how much this caller has. */
  resize(callerId: string, by: number): void
  /** All of a caller, the oldest first. */
  of(callerId: string): Iterable<Item>
  /** The caller that has the most. */
  readonly largest: string | undefined
  /** Those that have the most come first. */
  readonly bySize: readonly string[]
}

interface Share<Item> {
  size: number
  readonly items: Set<Item>
}

export const createKept = <Item>(): Kept<Item> => {
  const shares = new Map<string, Share<Item>>()

  const shareOf = (callerId: string): Share<Item> => {
    const found = shares.get(callerId) ?? { size: 0, items: new Set() }
    shares.set(callerId, found)
    return found
  }

  const dropEmpty = (callerId: string, { size, items }: Share<Item>): void => {
    if (items.size === 0 && size === 0) shares.delete(callerId)
  }

  return {
    add(callerId, item) {
      const { items } = shareOf(callerId)
      items.delete(item)
      items.add(item)
    },
    delete(callerId, item) {
      const share = shares.get(callerId)
      if (share?.items.delete(item)) dropEmpty(callerId, share)
    },
    resize(callerId, by) {
      const share = shareOf(callerId)
      share.size += by
      dropEmpty(callerId, share)
    },
    of: (callerId) => shares.get(callerId)?.items ?? [],
    get largest() {
      let largest: string | undefined
      let most = -1
      for (const [callerId, { size }] of shares) if (size > most) [largest, most] = [callerId, size]
      return largest
    },
    get bySize() {
      return [...shares].toSorted(([, a], [, b]) => b.size - a.size).map(([callerId]) => callerId)
    },
  }
}
