/** What a store has of a log, as its next owner can use it. */
import type { StoredEvent } from './session-store.ts'

/** The last ones that follow each other. None if they do not end with this number. */
export const endingWith = (
  events: readonly StoredEvent[],
  lastSeq: number,
): readonly StoredEvent[] => {
  let at = events.length - 1
  if (events[at]?.seq !== lastSeq) return []
  while (at > 0 && events[at - 1]?.seq === (events[at]?.from ?? 0) - 1) at--
  return events.slice(at)
}

/** Batches one behind the other. What a later one has again takes the place of the earlier. */
export const joinBatches = (batches: readonly (readonly StoredEvent[])[]): StoredEvent[] => {
  const joined: StoredEvent[] = []
  for (const batch of batches) {
    const from = batch[0]?.from ?? Infinity
    while ((joined.at(-1)?.seq ?? 0) >= from) joined.pop()
    for (const event of batch) joined.push(event)
  }
  return joined
}
