/** Compares the ledger with the calls that were made: each has its rows, and there are no others. */
import { DatabaseSync } from 'node:sqlite'
import type { Rows } from './calls/index.ts'

/** The rows of each tag. */
export interface Ledger {
  readonly rows: ReadonlyMap<string, number>
  readonly all: number
  /** In the sums by minute. */
  readonly summed: number
}

export const readLedger = (path: string): Ledger => {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = database
      .prepare("select coalesce(tags, '') as tag, count(*) as times from ledger group by tag")
      .all()
      .map(({ tag, times }) => [String(tag), Number(times)] as const)
    const sums = database.prepare('select sum(calls) as summed from ledger_minutes').get()
    return {
      rows: new Map(rows),
      all: rows.reduce((sum, [, times]) => sum + times, 0),
      summed: Number(sums?.summed),
    }
  } finally {
    database.close()
  }
}

/** Which calls should have how many rows, by their tags. */
export type Expected = ReadonlyMap<string, Rows>

const SHOWN = 10

export const judgeLedger = (
  { rows, all, summed }: Ledger,
  expected: Expected,
  loggedCalls: number,
): readonly string[] => {
  const faults: string[] = []
  for (const [tag, wanted] of expected) {
    const found = rows.get(tag) ?? 0
    const isRight = wanted === 'at most one' ? found <= 1 : found === wanted
    if (!isRight) faults.push(`the ledger has ${found} rows of the call ${tag}, not ${wanted}`)
  }
  for (const tag of rows.keys())
    if (!expected.has(tag)) faults.push(`the ledger has rows of '${tag}', which is no call`)
  const shown = faults.slice(0, SHOWN)
  if (faults.length > SHOWN) shown.push(`and ${faults.length - SHOWN} more in the ledger`)
  if (all !== loggedCalls)
    shown.push(`the ledger has ${all} rows, and the log ${loggedCalls} calls`)
  if (summed !== all) shown.push(`the sums by minute have ${summed} calls, and the ledger ${all}`)
  return shown
}
