/**
 * Appends events and nothing else, as an answer does many times a second. The statements are the same each time, and are
 * made once. What several sessions append at the same time is sent together.
 */
import { type Kysely, sql } from 'kysely'
import { createGroups, type PostgresStore, type RowSchema, type RowStore } from '#stores'
import { elementsOf, numberAt, textAt } from '../rows/elements.ts'
import type { RowKey } from '../rows/key-text.ts'
import type { StoredEvent } from '../session-store.ts'

interface Appended extends RowKey {
  readonly epoch: number
  readonly firstSeq: number
  readonly lastSeq: number
  /** JSON. */
  readonly events: string
}

/** @returns false if another process has taken the log over, or if the session is gone. */
export const appendEvents = (
  store: RowStore,
  key: RowKey,
  epoch: number,
  events: readonly StoredEvent[],
): Promise<boolean> => {
  const appended = {
    ...key,
    epoch,
    firstSeq: events[0]?.from ?? 0,
    lastSeq: events.at(-1)?.seq ?? 0,
    events: JSON.stringify(events),
  }
  if (store.kind === 'sqlite') return store.runAtOnce(toStatements(appended))
  return groupOf(store)(appended)
}

const REPLACING = `on conflict (owner, session_id, first_seq)
  do update set last_seq = excluded.last_seq, events = excluded.events
  where excluded.last_seq >= session_events.last_seq`

const FENCE =
  'update sessions set last_seq = ?3 where owner = ?1 and id = ?2 and epoch = ?4 and last_seq <= ?3'
const INSERT = `insert into session_events (owner, session_id, first_seq, last_seq, events)
  values (?1, ?2, ?3, ?4, ?5) ${REPLACING}`

const toStatements = ({ owner, id, epoch, firstSeq, lastSeq, events }: Appended) => [
  { sql: FENCE, parameters: [owner, id, lastSeq, epoch] },
  { sql: INSERT, parameters: [owner, id, firstSeq, lastSeq, events] },
]

const groups = new WeakMap<PostgresStore, (appended: Appended) => Promise<boolean>>()

const groupOf = (store: PostgresStore): ((appended: Appended) => Promise<boolean>) => {
  const known = groups.get(store)
  if (known) return known
  const group = createGroups<Appended>((all) => appendAll(store.db, all))
  groups.set(store, group)
  return group
}

/** In one statement. No session is in it twice, since each waits for its own batch before. */
const appendAll = async (
  db: Kysely<RowSchema>,
  all: readonly Appended[],
): Promise<readonly boolean[]> => {
  const elements = elementsOf(
    'postgres',
    all.map(({ owner, id, epoch, firstSeq, lastSeq, events }, at) => [
      at,
      owner,
      id,
      epoch,
      firstSeq,
      lastSeq,
      events,
    ]),
  )
  const { rows } = await sql<{ readonly at: number }>`
    with batch as (
      select ${numberAt(0)} as at, ${textAt(1)} as owner, ${textAt(2)} as id, ${numberAt(3)} as epoch,
        ${numberAt(4)} as first_seq, ${numberAt(5)} as last_seq, ${textAt(6)} as events from ${elements}),
    fence as (
      update sessions set last_seq = batch.last_seq from batch
      where sessions.owner = batch.owner and sessions.id = batch.id and sessions.epoch = batch.epoch
        and sessions.last_seq <= batch.last_seq
      returning batch.at),
    step as (
      insert into session_events (owner, session_id, first_seq, last_seq, events)
      select owner, id, first_seq, last_seq, events from batch where at in (select at from fence)
      ${sql.raw(REPLACING)})
    select at from fence`.execute(db)
  const written = new Set(rows.map(({ at }) => at))
  return all.map((_, at) => written.has(at))
}
