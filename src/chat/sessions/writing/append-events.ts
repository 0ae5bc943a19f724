/**
 * Appends events and nothing else, as an answer does many times a second. The statements are the same each time, and are
 * made once.
 */
import { CompiledQuery } from 'kysely'
import type { RowStore } from '#stores'
import type { RowKey } from '../rows/key-text.ts'
import type { StoredEvent } from '../session-store.ts'

type Parameter = (position: 1 | 2 | 3 | 4 | 5 | 6) => string

const OWNER = 1
const ID = 2
const LAST_SEQ = 3
const EPOCH = 4
const FIRST_SEQ = 5
const EVENTS = 6

const toFence = (the: Parameter): string => `update sessions set last_seq = ${the(LAST_SEQ)}
  where owner = ${the(OWNER)} and id = ${the(ID)} and epoch = ${the(EPOCH)} and last_seq <= ${the(LAST_SEQ)}`

const toInsert = (
  the: Parameter,
  guard: string,
): string => `insert into session_events (owner, session_id, first_seq, last_seq, events)
  select ${the(OWNER)}, ${the(ID)}, ${the(FIRST_SEQ)}, ${the(LAST_SEQ)}, ${the(EVENTS)} where ${guard}
  on conflict (owner, session_id, first_seq) do update set last_seq = excluded.last_seq, events = excluded.events
  where excluded.last_seq >= session_events.last_seq`

const numbered: Parameter = (position) => `?${position}`
const FENCE = toFence(numbered)
const INSERT = toInsert(numbered, '1 = 1')

const typed: Parameter = (position) =>
  `cast($${position} as ${position === OWNER || position === ID || position === EVENTS ? 'text' : 'bigint'})`
const AT_ONCE = `with fence as (${toFence(typed)} returning 1 as one),
  step as (${toInsert(typed, 'exists (select 1 from fence)')}) select one from fence`

/** @returns false if another process has taken the log over, or if the session is gone. */
export const appendEvents = async (
  store: RowStore,
  { owner, id }: RowKey,
  epoch: number,
  events: readonly StoredEvent[],
): Promise<boolean> => {
  const first = events[0]?.from ?? 0
  const last = events.at(-1)?.seq ?? 0
  const ofFence = [owner, id, last, epoch]
  const all = [...ofFence, first, JSON.stringify(events)]
  if (store.kind === 'sqlite')
    return store.runAtOnce([
      { sql: FENCE, parameters: ofFence },
      { sql: INSERT, parameters: all },
    ])
  const { rows } = await store.db.executeQuery(CompiledQuery.raw(AT_ONCE, all))
  return rows.length > 0
}
