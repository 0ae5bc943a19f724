/** Events as a store takes them: in batches that are not too large. */
import type { StampedEvent } from '#model'
import { sizeOf } from './session-log.ts'

const BATCH_BYTES = 1024 * 1024

/** The first ones, as many as one batch takes, and one in any case. */
export const firstBatch = (events: readonly StampedEvent[], most: number): StampedEvent[] => {
  let bytes = 0
  let count = 0
  for (const event of events) {
    bytes += sizeOf(event)
    if (count === most || (count > 0 && bytes > BATCH_BYTES)) break
    count++
  }
  return events.slice(0, count)
}

export const inBatches = (events: readonly StampedEvent[]): StampedEvent[][] => {
  const batches: StampedEvent[][] = []
  for (let left = events; left.length > 0;) {
    const batch = firstBatch(left, left.length)
    batches.push(batch)
    left = left.slice(batch.length)
  }
  return batches
}
