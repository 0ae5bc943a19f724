/** Answers the routes that an admin key opens. */
import type { ServerResponse } from 'node:http'
import type { AdminAccess, KeyFacts } from '#access'
import type { Gateway } from '#gateway'
import { GatewayError, type JsonObject } from '#model'
import { answerUsage } from '../http/answer-usage.ts'
import { sendJson } from '../http/send-answer.ts'
import { readOnce } from '../routes/read-once.ts'
import type { AdminRoute } from '../routes/route.ts'
import type { UsageReader } from '../routes/usage-reader.ts'
import { answerExplain } from './answer-explain.ts'
import type { AuditTrail } from './audit-trail.ts'

export interface AdminVisit {
  readonly admin: AdminAccess
  /** Absent if no ledger is kept. */
  readonly usage?: UsageReader | undefined
  readonly audit?: AuditTrail | undefined
  readonly gateway: Pick<Gateway, 'explain'>
  readonly response: ServerResponse
  readonly headers: readonly string[]
  readonly query: string
}

export const answerAdmin = async (kind: AdminRoute, visit: AdminVisit): Promise<void> => {
  const { admin, response, headers } = visit
  if (kind === 'admin-usage') return answerUsage(visit)
  if (kind === 'admin-explain') return answerExplain(visit)
  const answer =
    kind === 'admin-audit'
      ? await readAudit(visit)
      : { status: 'ok', keys: admin.listKeys().map(toJson) }
  sendJson(response, 200, headers, answer)
}

const readAudit = ({ audit, query }: AdminVisit): Promise<JsonObject> => {
  if (!audit) throw new GatewayError('not_found', 'This gateway keeps no audit.')
  const asked = new URLSearchParams(query)
  return audit.read({ since: readOnce(asked, 'since'), limit: readOnce(asked, 'limit') })
}

/** `id` is what the log shows of the key. */
const toJson = ({ caller, models, origins, isDisabled }: KeyFacts): JsonObject => ({
  id: caller.id,
  name: caller.name ?? null,
  owner: caller.owner ?? null,
  models: models ?? null,
  origins: origins ?? null,
  expires_at: caller.expiresAtMs === undefined ? null : new Date(caller.expiresAtMs).toISOString(),
  disabled: isDisabled,
})
