/** What an owner's sessions have cost since the owner asked to count anew. */
import { scopeOf } from '#access'
import type { Visitor } from '../../chat.ts'
import { fromStore } from '../../turns/log/from-store.ts'
import type { Surroundings } from '../../turns/live/core.ts'
import type { SessionKey } from '../session-store.ts'
import { createSession } from './create-session.ts'
import type { See } from './seen-session.ts'
import { sumCosts } from './shown/sum-costs.ts'

interface Costs {
  read(visitor: Visitor, sessionId: string | undefined): Promise<object>
  reset(visitor: Visitor): Promise<object>
}

/**
 * A session that was made when the owner asked to count anew. It goes where its owner's sessions go, and no client can name
 * it: this is not an id of a session.
 */
const MARK = '~costs'

export const isCostMark = ({ id }: Pick<SessionKey, 'id'>): boolean => id === MARK

type Around = Pick<Surroundings, 'store' | 'settings' | 'now'>

export const createCosts = (around: Around, see: See): Costs => {
  const { store } = around

  const read = async (visitor: Visitor, sessionId: string | undefined): Promise<object> => {
    const owner = scopeOf(visitor.caller)
    if (sessionId !== undefined) await see(visitor, sessionId)
    const mark = await fromStore(store.find({ owner, id: MARK }))
    const costs = await fromStore(
      store.costs(owner, {
        since: mark?.createdAt ?? 0,
        ...(sessionId === undefined ? {} : { sessionId }),
      }),
    )
    return {
      session_id: sessionId ?? null,
      since: mark ? new Date(mark.createdAt).toISOString() : null,
      ...sumCosts(costs),
    }
  }

  return {
    read,
    async reset(visitor) {
      const key = { owner: scopeOf(visitor.caller), id: MARK }
      await fromStore(store.delete(key))
      await createSession(around, key, { keep: true })
      return read(visitor, undefined)
    },
  }
}
