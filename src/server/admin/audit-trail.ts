/** Keeps what an operator may have to account for, and reads it. */
import type { FindNetwork } from '#access'
import type { AuditEvent, JsonObject } from '#model'

export interface AuditTrail {
  note(event: AuditEvent): void
  /** @throws GatewayError `invalid_request` if the question is not valid. */
  read(question: {
    readonly since: string | undefined
    readonly limit: string | undefined
  }): Promise<JsonObject>
  readonly findNetwork: FindNetwork
}
