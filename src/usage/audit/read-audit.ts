/** Reads what happened, the latest first. */
import type { AuditTable, Rows } from '#stores'
import type { AuditLine, AuditQuery, AuditReport } from './audit-query.ts'

/** Makes no file. */
export const readAudit = async (
  rows: Rows,
  { sinceMs = 0, limit }: AuditQuery,
): Promise<AuditReport> => {
  if (!(await rows.exist())) return { data: [], has_more: false }
  const { db } = await rows.open()
  const found = await db
    .selectFrom('audit')
    .selectAll()
    .where('first_at', '>=', sinceMs - MINUTE_MS)
    .where('last_at', '>=', sinceMs)
    .orderBy('first_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return { data: found.slice(0, limit).map(toLine), has_more: found.length > limit }
}

/** A row is of one minute, so its first time says enough for the index. */
const MINUTE_MS = 60_000

const toLine = (row: AuditTable): AuditLine => ({
  time: new Date(row.first_at).toISOString(),
  last_time: new Date(row.last_at).toISOString(),
  count: row.times,
  action: row.action,
  subject: row.subject,
  outcome: row.outcome,
  status: row.status,
  actor: row.actor_id,
  actor_name: row.actor_name,
  address: row.address,
  request_id: row.request_id,
})
