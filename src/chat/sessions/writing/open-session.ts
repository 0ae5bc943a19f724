/** Takes the log of a session over, and reads what its new owner needs. */
import type { Transaction } from 'kysely'
import { GatewayError } from '#model'
import type { RowSchema, RowStore, SessionTable } from '#stores'
import type { RowKey } from '../rows/key-text.ts'
import { toQueued, toRun } from '../rows/records.ts'
import { addEpoch, readEpochs, toSession } from '../rows/session-row.ts'
import { endingWith } from '../kept-events.ts'
import type { OpenedSession, StoredEvent } from '../session-store.ts'
import { queueOf, runsOf } from '../reading/of-session.ts'

/** @throws GatewayError `conflict` */
export const openSession = (
  store: RowStore,
  key: RowKey,
  { by, mine = Infinity }: Opener,
): Promise<OpenedSession | undefined> =>
  store.transaction(async (db) => {
    const row = await raiseEpoch(db, key)
    if (!row) return undefined
    if (readEpochs(row.epochs).some((each) => each.epoch > mine && each.by !== by))
      throw new GatewayError('conflict', 'Another process has taken the session over.')
    const epochs = addEpoch(row.epochs, { epoch: row.epoch, firstSeq: row.last_seq + 1, by })
    await db
      .updateTable('sessions')
      .set({ epochs: JSON.stringify(epochs) })
      .where('owner', '=', key.owner)
      .where('id', '=', key.id)
      .execute()
    return {
      session: toSession(row),
      epoch: row.epoch,
      epochs,
      lastSeq: row.last_seq,
      forgottenSeq: row.forgotten_seq,
      // Later ones may have been kept elsewhere.
      events: endingWith(await readEvents(db, key, row.forgotten_seq), row.last_seq),
      openRuns: await readOpenRuns(db, key),
      queue: await readQueue(db, key),
    }
  })

/** @returns false if another process has opened it since, or if it is gone. */
export const correctEpochs = async (
  { db }: RowStore,
  { owner, id }: RowKey,
  { epoch, epochs }: Pick<OpenedSession, 'epoch' | 'epochs'>,
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('sessions')
    .set({ epochs: JSON.stringify(epochs) })
    .where('owner', '=', owner)
    .where('id', '=', id)
    .where('epoch', '=', epoch)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

interface Opener {
  /** This process. */
  readonly by: string
  /** The epoch in which it has the log. Undefined: it does not have it. */
  readonly mine: number | undefined
}

type Db = Transaction<RowSchema>

const raiseEpoch = (db: Db, { owner, id }: RowKey): Promise<SessionTable | undefined> =>
  db
    .updateTable('sessions')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('owner', '=', owner)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()

/** The first row may begin with events that were forgotten. */
const readEvents = async (
  db: Db,
  { owner, id }: RowKey,
  forgottenSeq: number,
): Promise<StoredEvent[]> => {
  const rows = await db
    .selectFrom('session_events')
    .select('events')
    .where('owner', '=', owner)
    .where('session_id', '=', id)
    .orderBy('first_seq')
    .execute()
  return rows
    .flatMap(({ events }) => JSON.parse(events) as StoredEvent[])
    .filter(({ seq }) => seq > forgottenSeq)
}

const readOpenRuns = async (db: Db, key: RowKey) => {
  const rows = await runsOf(db, key).where('is_open', '=', 1).orderBy('place').execute()
  return rows.map(toRun)
}

const readQueue = async (db: Db, key: RowKey) => {
  const rows = await queueOf(db, key).orderBy('place').orderBy('message_id').execute()
  return rows.map(toQueued)
}
