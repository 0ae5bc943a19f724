/** What the audit is asked for, and what it says. The same for the command line and for HTTP. */
import { invalidRequest } from '#model'
import { toSinceMs } from '../ledger/reports/usage-query.ts'

export interface AuditQuery {
  /** In milliseconds of Unix time. Absent: from the first row. */
  readonly sinceMs?: number
  readonly limit: number
}

export interface AuditLine {
  /** When it happened first and last, within one minute. */
  readonly time: string
  readonly last_time: string
  readonly count: number
  readonly action: string
  readonly subject: string | null
  readonly outcome: string
  readonly status: number | null
  /** The hash of the key. */
  readonly actor: string | null
  readonly actor_name: string | null
  readonly address: string | null
  readonly request_id: string | null
}

export interface AuditReport {
  /** The latest first. */
  readonly data: readonly AuditLine[]
  /** There are earlier ones. */
  readonly has_more: boolean
}

const LINES = 100
const MAX_AUDIT_LINES = 1_000

/** @throws GatewayError `invalid_request` */
export const toAuditQuery = (
  { since, limit }: { readonly since?: string | undefined; readonly limit?: string | undefined },
  now = Date.now(),
): AuditQuery => ({
  limit: limit === undefined ? LINES : toLimit(limit),
  ...(since === undefined ? {} : { sinceMs: toSinceMs(since, now) }),
})

const toLimit = (text: string): number => {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MAX_AUDIT_LINES)
    throw invalidRequest(`'limit' must be a number from 1 to ${MAX_AUDIT_LINES}.`, 'limit')
  return limit
}
