/** Prints the audit, from the database that the server writes. */
import type { Flags } from '#config'
import { type AuditReport, readAudit, toAuditQuery } from '#usage'
import { readRows, runWithPlace } from './read-rows.ts'
import { toName, toTable } from './table.ts'

export interface AuditFlags extends Flags {
  readonly since?: string
  readonly limit?: string
  readonly json?: boolean
}

export const printAudit = (flags: AuditFlags): Promise<void> =>
  runWithPlace(flags, async (place) => {
    const query = toAuditQuery(flags)
    const report = await readRows(place, 'audit', (rows) => readAudit(rows, query))
    return flags.json ? JSON.stringify(report, null, 2) : toLines(report)
  })

const HEAD = ['time', 'action', 'subject', 'outcome', 'actor', 'address', 'request', 'times']

const toLines = ({ data }: AuditReport): string =>
  toTable(
    [
      HEAD,
      ...data.map((line) =>
        [
          line.time,
          line.action,
          line.subject,
          line.outcome,
          line.actor_name ?? line.actor,
          line.address,
          line.request_id,
          String(line.count),
        ].map((cell) => toName(cell ?? '-')),
      ),
    ],
    HEAD.length - 1,
  )
