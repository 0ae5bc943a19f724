/** What an owner's sessions have cost since the owner asked to count anew. */
import { scopeOf } from '#access'
import type { CostSummary } from '#model'
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

const PAGE = 100
const MAX_RUNS_READ = 10_000

/**
 * A session that was made when the owner asked to count anew. It goes where its owner's sessions go, and no client can name
 * it: this is not an id of a session.
 */
const MARK = '~costs'

export const isCostMark = ({ id }: Pick<SessionKey, 'id'>): boolean => id === MARK

type Around = Pick<Surroundings, 'store' | 'settings' | 'now'>

export const createCosts = (around: Around, see: See): Costs => {
  const { store } = around

  const costsOf = async (key: SessionKey, from: number): Promise<CostSummary[]> => {
    const runs = await fromStore(store.runs(key, { limit: MAX_RUNS_READ }))
    return runs.flatMap(({ startedAt, costSummary }) =>
      costSummary && startedAt >= from ? [costSummary] : [],
    )
  }

  const costsOfAll = async (owner: string, from: number): Promise<CostSummary[]> => {
    const costs: CostSummary[] = []
    let cursor: string | undefined
    do {
      const asked = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }
      const { items, next } = await fromStore(store.list(owner, asked))
      const active = items.filter(({ activeAt }) => activeAt >= from)
      for (const { id } of active) costs.push(...(await costsOf({ owner, id }, from)))
      // The newest activity is first.
      cursor = active.length === items.length ? next : undefined
    } while (cursor !== undefined)
    return costs
  }

  const read = async (visitor: Visitor, sessionId: string | undefined): Promise<object> => {
    const owner = scopeOf(visitor.caller)
    if (sessionId !== undefined) await see(visitor, sessionId)
    const mark = await fromStore(store.find({ owner, id: MARK }))
    const costs = await (sessionId === undefined
      ? costsOfAll(owner, mark?.createdAt ?? 0)
      : costsOf({ owner, id: sessionId }, mark?.createdAt ?? 0))
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
