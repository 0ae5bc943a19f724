/** Ids of the calls of one answer: unique, and the same for the same answer. */
import { createHash, randomUUID } from 'node:crypto'

/** @param toId converts an id to a form that the protocol accepts. */
export const createUniqueIds = (
  toId: (id: string) => string = (id) => id,
): ((wanted: string) => string) => {
  const taken = new Set<string>()
  const times = new Map<string, number>()
  return (wanted) => {
    let own = toId(wanted)
    while (taken.has(own)) {
      const nth = (times.get(wanted) ?? 1) + 1
      times.set(wanted, nth)
      own = toId(`${wanted}_${nth}`)
    }
    taken.add(own)
    return own
  }
}

/** An id for a call without one; it differs from those of every other answer. */
export const generateCallId = (answerId: string, key: string): string =>
  `call_${createHash('sha256')
    .update(`${answerId || randomUUID()} ${key}`)
    .digest('hex')
    .slice(0, 24)}`
