/** Remembers the responses of one connection, so that the next turn need only contain what is new. */
import type { MemoryHold } from '#access'

export interface ResponseMemory {
  /** The items of a response and of all turns before it, as runs. Undefined if they were dropped. */
  recall(id: string): readonly Buffer[] | undefined
  /** @param items runs of items, in JSON, without the brackets of their array. */
  remember(id: string, items: readonly Buffer[]): void
  release(): void
}

const MAX_BYTES = 32 * 1024 * 1024
/** A client usually continues its last response, and seldom an earlier one. */
const MAX_RESPONSES = 128

/** @param account counts the memory. If there is no room, the oldest responses are dropped. */
export const createResponseMemory = (
  maxBytes = MAX_BYTES,
  account?: MemoryHold,
): ResponseMemory => {
  const responses = new Map<string, readonly Buffer[]>()
  /** How many responses use each run: a turn shares runs with the turn before it. */
  const users = new Map<Buffer, number>()
  let heldBytes = 0

  const hold = (run: Buffer): void => {
    const count = users.get(run) ?? 0
    if (count === 0) heldBytes += run.length
    users.set(run, count + 1)
  }

  const release = (run: Buffer): void => {
    const count = users.get(run) ?? 0
    if (count > 1) return void users.set(run, count - 1)
    users.delete(run)
    heldBytes -= run.length
  }

  const forget = (id: string): void => {
    responses.get(id)?.forEach(release)
    responses.delete(id)
  }

  const settle = (): boolean => {
    if (!account) return true
    if (heldBytes > account.bytes) return account.tryGrow(heldBytes - account.bytes)
    account.shrink(account.bytes - heldBytes)
    return true
  }

  const hasRoom = (): boolean =>
    heldBytes <= maxBytes && responses.size <= MAX_RESPONSES && settle()

  return {
    recall: (id) => responses.get(id),
    remember(id, items) {
      const runs = items.filter(({ length }) => length > 0)
      runs.forEach(hold)
      forget(id)
      responses.set(id, runs)
      for (const oldest of responses.keys()) {
        if (hasRoom()) return
        forget(oldest)
      }
      settle()
    },
    release: () => account?.release(),
  }
}
