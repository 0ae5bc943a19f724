/** Deletes sessions that have expired, one with each transaction, so that others write in between. */
import type { AskStore } from '../ask-store.ts'
import type { SessionKey, SessionStore } from '../session-store.ts'
import type { Expired } from './expired-sessions.ts'

const READ_ROWS = 200

export const createExpiry = (
  ask: AskStore,
  inOrder: <Result>(key: SessionKey, work: () => Promise<Result>) => Promise<Result>,
): SessionStore['expire'] => {
  const deleteOne = async (key: SessionKey, found: Expired, now: number): Promise<boolean> => {
    while (await ask(({ thinOutExpired }, store) => thinOutExpired(store, found, now)));
    return ask(({ deleteExpired }, store) => inOrder(key, () => deleteExpired(store, found, now)))
  }

  return async (now, limit, isUsed, onDeleted) => {
    let deleted = 0
    let after: Expired | undefined
    do {
      const from = after
      const found = await ask(({ findExpired }, store) => findExpired(store, now, READ_ROWS, from))
      for (const each of found) {
        const key = { owner: JSON.parse(each.owner_name) as string, id: each.id }
        if (!(await isUsed(key)) && (await deleteOne(key, each, now))) {
          deleted++
          onDeleted?.({ ...key, createdAt: each.created_at })
        }
        if (deleted >= limit) return deleted
      }
      after = found.length < READ_ROWS ? undefined : found.at(-1)
    } while (after)
    return deleted
  }
}
