/** What the doors take from the configuration. A call takes it once, when it arrives, and keeps it to its end. */
import type { Access, AdminAccess, FindNetwork, OriginCheck } from '#access'
import type { Gateway } from '#gateway'
import type { Responses } from '#responses'
import type { Metrics } from '#telemetry'
import type { BodyLimits } from '../bodies/request-body.ts'

export interface Serving {
  readonly gateway: Gateway
  /** Serves requests about earlier responses. */
  readonly responses: Responses
  readonly allowsOrigin: OriginCheck
  /** What tokens are verified by: another object when it has changed. Undefined: none are admitted. */
  readonly tokenKeys?: Access['tokenKeys']
  readonly admin: AdminAccess
  readonly limits: BodyLimits & { readonly depth: number }
  /** Finds the network of a client. Undefined: addresses are not counted. */
  readonly findNetwork: FindNetwork | undefined
  /** Whether `/v1/responses` accepts WebSockets. */
  readonly responsesWebSocket: boolean
  /** Absent if nobody may read them. */
  readonly metrics: Metrics | undefined
  /** Everybody may read the metrics, not only an admin. */
  readonly publicMetrics: boolean
  /** A request has taken it. */
  begin(): void
  /** The request has ended. */
  end(): void
}
