/** A ledger with its log, and the rows that it has written. */
import { onTestFinished } from 'vitest'
import { createRows, type LedgerTable, type RowOptions, type RowStore } from '#stores'
import { type Books, createBooks } from '#usage'
import { toSettlement } from './settlements.ts'

/** What the log says of it. */
export const GONE = 'the ledger cannot be written: calls go on, and their rows wait'
export const SPOOL = 'the spool of the ledger cannot be written'
export const BACK = 'the ledger is written again'

export interface LedgerUnderTest extends Books {
  /** The usage of callers. */
  readonly report: Books['reportUsage']
  /** The messages of the log, and what they say besides. */
  readonly log: readonly (readonly [message: string, fields: Record<string, unknown>])[]
}

/** Closed after the test, if it is not closed before. */
export const startLedger = (
  place: RowOptions,
  redact: (text: string) => string = (text) => text,
): LedgerUnderTest => {
  const log: [string, Record<string, unknown>][] = []
  const add = (fields: object, message: string) =>
    void log.push([message, fields as Record<string, unknown>])
  const books = createBooks({ place, redact, log: { info: add, warn: add } })
  onTestFinished(() => books.close())
  return { ...books, report: books.reportUsage, log }
}

/** Settles a call of each request id. */
export const settleAll = (
  ledger: Pick<Books, 'settle'>,
  ...requestIds: readonly string[]
): void => {
  for (const requestId of requestIds) ledger.settle(toSettlement({ requestId }))
}

/** All rows, in the order in which their calls ended. */
export const rowsAt = (place: RowOptions): Promise<LedgerTable[]> =>
  readAt(place, [], ({ db }) => db.selectFrom('ledger').selectAll().orderBy('id').execute())

export const namesAt = async (place: RowOptions): Promise<string[]> =>
  (await rowsAt(place)).map((row) => row.request_id)

/** The calls in the sums of all minutes. */
export const callsAt = async (place: RowOptions): Promise<number> => {
  const minutes = await readAt(place, [], ({ db }) =>
    db.selectFrom('ledger_minutes').select('calls').execute(),
  )
  return minutes.reduce((sum, { calls }) => sum + calls, 0)
}

const readAt = async <Found>(
  place: RowOptions,
  nothing: Found,
  read: (store: RowStore) => Promise<Found>,
): Promise<Found> => {
  const rows = createRows(place)
  try {
    return (await rows.exist()) ? await read(await rows.open()) : nothing
  } finally {
    await rows.close()
  }
}
