/** Makes the row of what happened. Every text is redacted, also those that are ours. */
import type { AuditEvent } from '#model'
import type { AuditTable } from '#stores'
import { createName, type Redact, toCallerId } from '../../rows/row-texts.ts'

export type ToAuditRow = (event: AuditEvent, id: string, atMs: number) => AuditTable

export const createToAuditRow = (redact: Redact): ToAuditRow => {
  const toName = createName(redact, 128)
  const toText = createName(redact, 256)
  return ({ action, subject, outcome, status, requestId, actor, address }, id, atMs) => ({
    id,
    first_at: atMs,
    last_at: atMs,
    times: 1,
    request_id: requestId ?? null,
    actor_id: actor ? toCallerId(actor.id) : null,
    actor_name: toName(actor?.name),
    address: toText(address),
    action,
    subject: toText(subject),
    outcome,
    status: status ?? null,
  })
}
