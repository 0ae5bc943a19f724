/** What an owner's sessions have cost since the owner asked to count anew. */
import { scopeOf } from '#access'
import type { CostSummary } from '#model'
import type { Visitor } from '../../chat.ts'
import { fromStore } from '../../turns/log/from-store.ts'
import type { Surroundings } from '../../turns/live/core.ts'
import type { SessionKey } from '../session-store.ts'
import { sumCosts } from './sum-costs.ts'

interface Costs {
  read(visitor: Visitor, sessionId: string | undefined): Promise<object>
  reset(visitor: Visitor): Promise<object>
}

const PAGE = 100
const MAX_RUNS_READ = 10_000

export const createCosts = ({ store, now }: Pick<Surroundings, 'store' | 'now'>): Costs => {
  /** When each owner began to count anew. */
  const since = new Map<string, number>()

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
      const page = await fromStore(store.list(owner, asked))
      for (const { id } of page.items) costs.push(...(await costsOf({ owner, id }, from)))
      cursor = page.next
    } while (cursor !== undefined)
    return costs
  }

  const read = async (visitor: Visitor, sessionId: string | undefined): Promise<object> => {
    const owner = scopeOf(visitor.caller)
    const from = since.get(owner) ?? 0
    const costs = await (sessionId === undefined
      ? costsOfAll(owner, from)
      : costsOf({ owner, id: sessionId }, from))
    return {
      session_id: sessionId ?? null,
      since: from === 0 ? null : new Date(from).toISOString(),
      ...sumCosts(costs),
    }
  }

  return {
    read,
    reset(visitor) {
      since.set(scopeOf(visitor.caller), now())
      return read(visitor, undefined)
    },
  }
}
