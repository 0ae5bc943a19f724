/**
 * Keeps answers in this process. They are counted for their callers, and make room for whatever else is held: the answer
 * that was used longest ago is removed first.
 */
import type { Caller, MemoryAccount, MemoryHold } from '#access'
import type { AnswerStore } from './answer-store.ts'

interface Kept {
  readonly key: string
  readonly callerId: string
  /** Outside the heap of the engine, which has a limit of its own. */
  readonly value: Buffer
  readonly endsAtMs: number
  readonly hold: MemoryHold
}

/** The memory of the objects that hold an answer. */
const ENTRY_BYTES = 500

export const createKeptAnswers = (
  memory: MemoryAccount,
  budget: { readonly maxBytes: number },
  now = () => performance.now(),
): AnswerStore => {
  /** In the order in which they were used. */
  const answers = new Map<string, Kept>()
  /** The same answers, of each caller. */
  const answersOf = new Map<string, Set<Kept>>()
  let bytes = 0

  const add = (kept: Kept): void => {
    answers.set(kept.key, kept)
    const own = answersOf.get(kept.callerId)
    if (own) own.add(kept)
    else answersOf.set(kept.callerId, new Set([kept]))
  }

  const take = (kept: Kept): void => {
    answers.delete(kept.key)
    const own = answersOf.get(kept.callerId)
    own?.delete(kept)
    if (own?.size === 0) answersOf.delete(kept.callerId)
  }

  const remove = (kept: Kept): void => {
    take(kept)
    bytes -= kept.hold.bytes
    kept.hold.release()
  }

  /** @returns false if there is none. */
  const removeOldest = (callerId?: string): boolean => {
    const [oldest] = callerId === undefined ? answers.values() : (answersOf.get(callerId) ?? [])
    if (oldest) remove(oldest)
    return oldest !== undefined
  }

  const makeRoomFor = (size: number): void => {
    for (const oldest of answers.values()) {
      if (bytes + size <= budget.maxBytes) return
      remove(oldest)
    }
  }

  /** Earlier answers make room for this one, too. */
  const tryHold = (caller: Caller, size: number): MemoryHold | undefined => {
    try {
      return memory.hold(caller, size, false)
    } catch {
      return undefined
    }
  }

  // No call is refused for answers, whoever they are kept for.
  memory.onShortage((callerId) => removeOldest(callerId) || removeOldest(), true)

  return {
    recall(key) {
      const kept = answers.get(key)
      if (!kept) return undefined
      if (kept.endsAtMs <= now()) {
        remove(kept)
        return undefined
      }
      take(kept)
      add(kept)
      return kept.value.toString('latin1')
    },
    keep(key, answer, ttlMs, caller) {
      const before = answers.get(key)
      if (before) remove(before)
      const size = answer.length + ENTRY_BYTES
      if (size > budget.maxBytes) return
      makeRoomFor(size)
      const hold = tryHold(caller, size)
      if (!hold) return
      // A small buffer that is not its own would hold its neighbours.
      const value = Buffer.allocUnsafeSlow(answer.length)
      value.write(answer, 'latin1')
      add({ key, callerId: caller.id, value, endsAtMs: now() + ttlMs, hold })
      bytes += size
    },
  }
}
