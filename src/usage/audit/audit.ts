/** The audit: who did what at `/admin`, and who was refused, in the database beside the ledger. */
import type { AuditEvent } from '#model'
import type { Rows } from '#stores'
import type { Batch } from '../delivery/backlog.ts'
import type { Redact } from '../rows/row-texts.ts'
import { createAuditLines } from './audit-lines.ts'
import { createToAuditRow } from './rows/audit-row.ts'

export interface Audit {
  note(event: AuditEvent): void
  /**
   * What happens before any request. It makes no file: without one, it waits for the first other row, and is written
   * before that.
   */
  open(events: readonly AuditEvent[]): Promise<void>
  /** Writes what waits for another row. */
  wake(): void
  /** What happens at the end. If nothing was ever written, this is not, either. */
  end(event: AuditEvent): void
  /** Sends what there is. */
  flush(): void
}

export const createAudit = (
  rows: Pick<Rows, 'exist' | 'open'>,
  redact: Redact,
  deliver: (batch: Batch) => void,
): Audit => {
  const lines = createAuditLines(createToAuditRow(redact), deliver)
  let waiting: { readonly events: readonly AuditEvent[]; readonly atMs: number } | undefined
  let exists = false

  const wake = (): void => {
    if (!waiting) return
    const { events, atMs } = waiting
    waiting = undefined
    for (const event of events) lines.add(event, atMs)
    lines.flush()
  }

  return {
    note(event) {
      wake()
      lines.add(event)
    },
    async open(events) {
      waiting = { events, atMs: Date.now() }
      exists = await rows.exist()
      // Only with a connection: otherwise they would be the reason for a spool.
      if (exists) void rows.open().then(wake, wake)
    },
    wake,
    end(event) {
      if (exists) wake()
      if (!waiting) lines.add(event)
    },
    flush() {
      if (exists) wake()
      lines.flush()
    },
  }
}
