/** Says to the audit what an admin key asked for, and who was refused at a door. */
import type { IncomingMessage } from 'node:http'
import type { Caller } from '#access'
import type { GatewayError } from '#model'
import { networkOf } from '../http/network-of.ts'
import { toAdminRoute } from '../routes/routes.ts'
import type { AuditTrail } from './audit-trail.ts'

export interface DoorAudit {
  /** A request with an admin key, when it is answered. */
  admitted(
    request: IncomingMessage,
    requestId: string,
    actor: Caller,
    path: string,
    error?: GatewayError,
  ): void
  /** A request that was not admitted. */
  refused(request: IncomingMessage, requestId: string, error: GatewayError): void
}

export const createDoorAudit = (trail: AuditTrail | undefined): DoorAudit => ({
  admitted(request, requestId, actor, path, error) {
    trail?.note({
      action: 'admin.read',
      subject: toAdminRoute(path),
      outcome: error?.code ?? 'ok',
      status: error?.status ?? 200,
      requestId,
      actor: { id: actor.id },
      address: networkOf(request, trail.findNetwork),
    })
  },
  refused(request, requestId, { code, status, vendorCode, actor }) {
    if (code !== 'unauthenticated' && code !== 'forbidden') return
    trail?.note({
      action: vendorCode === 'credential_expired' ? 'key.expired' : 'auth.refused',
      outcome: code,
      status,
      requestId,
      actor,
      address: networkOf(request, trail.findNetwork),
    })
  },
})
