/**
 * Gathers what happened, one row for whatever is the same within a minute, and hands the rows over in batches. A flood
 * of wrong keys then costs a bounded number of rows.
 */
import type { AuditEvent } from '#model'
import type { AuditTable } from '#stores'
import type { Batch } from '../delivery/backlog.ts'
import { createRowIds } from '../rows/row-ids.ts'
import type { ToAuditRow } from './rows/audit-row.ts'
import { AUDIT_COLUMNS } from './rows/audit-columns.ts'

export interface AuditLines {
  add(event: AuditEvent, atMs?: number): void
  /** Hands over what there is. */
  flush(): void
}

const MINUTE_MS = 60_000

/** Beyond it, what happens is counted without its actor and address. */
const MAX_AUDIT_ROWS_A_MINUTE = 200

/** With the time to write a batch, this bounds what is lost when the process is killed: 250 ms. */
const BATCH_MS = 100
/** A row that is there already has a higher number only. */
const RECOUNT_MS = 5_000

interface Line {
  readonly row: AuditTable
  times: number
  lastAt: number
}

export const createAuditLines = (
  toRow: ToAuditRow,
  deliver: (batch: Batch) => void,
): AuditLines => {
  const nextId = createRowIds()
  let minute = 0
  let lines = new Map<string, Line>()
  const changed = new Set<Line>()
  let timer: NodeJS.Timeout | undefined
  let dueAt = 0

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (changed.size === 0) return
    const rows = [...changed].map(toValues)
    changed.clear()
    deliver({ json: JSON.stringify({ audit: rows }), count: rows.length })
  }

  const flushWithin = (ms: number): void => {
    const due = performance.now() + ms
    if (timer && dueAt <= due) return
    clearTimeout(timer)
    dueAt = due
    timer = setTimeout(flush, ms).unref()
  }

  const count = (event: AuditEvent, atMs: number): void => {
    const key = keyOf(event)
    const line = lines.get(key)
    if (line) {
      line.times++
      line.lastAt = atMs
      changed.add(line)
      return flushWithin(RECOUNT_MS)
    }
    const { actor, address, ...others } = event
    const isAnybody = actor === undefined && address === undefined
    if (lines.size >= MAX_AUDIT_ROWS_A_MINUTE && !isAnybody) return count(others, atMs)
    const added: Line = { row: toRow(event, nextId(), atMs), times: 1, lastAt: atMs }
    lines.set(key, added)
    changed.add(added)
    flushWithin(BATCH_MS)
  }

  return {
    add(event, atMs = Date.now()) {
      const current = Math.floor(atMs / MINUTE_MS)
      if (current !== minute) {
        flush()
        minute = current
        lines = new Map()
      }
      count(event, atMs)
    },
    flush,
  }
}

const keyOf = ({ action, subject, outcome, status, actor, address }: AuditEvent): string =>
  JSON.stringify([action, subject, outcome, status, actor?.id, address])

const toValues = ({ row, times, lastAt }: Line): unknown[] => {
  const current: AuditTable = { ...row, times, last_at: lastAt }
  return AUDIT_COLUMNS.map(([name]) => current[name])
}
