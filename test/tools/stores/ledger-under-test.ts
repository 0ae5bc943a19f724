/** A ledger with its log, and the rows that it has written. */
import { onTestFinished } from 'vitest'
import { createRows, type LedgerTable, type RowOptions } from '#stores'
import { type Books, createBooks } from '#usage'

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

/** All rows, in the order in which their calls ended. */
export const rowsAt = async (place: RowOptions): Promise<LedgerTable[]> => {
  const rows = createRows(place)
  try {
    if (!(await rows.exist())) return []
    const { db } = await rows.open()
    return await db.selectFrom('ledger').selectAll().orderBy('id').execute()
  } finally {
    await rows.close()
  }
}
