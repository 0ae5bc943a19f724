/**
 * Who holds the most. What the users of a caller hold is counted for the caller: one that divides its own among many
 * users has no larger share than others.
 */

interface Shelf {
  readonly callerId: string
}

/** Those of the caller that holds the most come first, the largest of them before the others. */
export const byShare = <Owned extends Shelf>(
  shelves: Iterable<Owned>,
  sizeOf: (shelf: Owned) => number,
): Owned[] => {
  const all = [...shelves]
  return all.toSorted(createOrder(all, sizeOf))
}

/** The first of these, without sorting them. */
export const findLargest = <Owned extends Shelf>(
  shelves: Iterable<Owned>,
  sizeOf: (shelf: Owned) => number,
): Owned | undefined => {
  const [first, ...others] = shelves
  if (!first) return undefined
  const order = createOrder([first, ...others], sizeOf)
  return others.reduce((largest, each) => (order(each, largest) < 0 ? each : largest), first)
}

const createOrder = <Owned extends Shelf>(
  shelves: readonly Owned[],
  sizeOf: (shelf: Owned) => number,
): ((one: Owned, other: Owned) => number) => {
  const shares = new Map<string, number>()
  for (const shelf of shelves)
    shares.set(shelf.callerId, (shares.get(shelf.callerId) ?? 0) + sizeOf(shelf))
  const shareOf = ({ callerId }: Owned): number => shares.get(callerId) ?? 0
  return (one, other) => shareOf(other) - shareOf(one) || sizeOf(other) - sizeOf(one)
}
