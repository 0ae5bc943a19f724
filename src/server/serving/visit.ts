/** One request of a caller, with all that its answer may need. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller, CallHeaders, MemoryAccount } from '#access'
import type { Gateway } from '#gateway'
import type { Protocol } from '#protocols'
import type { Responses } from '#responses'
import type { BodyReader } from '../bodies/request-body.ts'
import type { SessionDoors } from '../follow/session-doors.ts'
import type { Peers } from '../http/hand-over.ts'
import type { UsageReader } from '../routes/usage-reader.ts'
import type { Admissions } from './admissions.ts'
import type { Serving } from './serving.ts'

export interface Visit {
  readonly gateway: Gateway
  readonly responses: Responses
  /** The other workers. Absent if there are none, or if the request comes from one. */
  readonly peers?: Peers | undefined
  readonly bodies: BodyReader
  /** The configuration with which the request was admitted. */
  readonly serving: Serving
  readonly admissions: Admissions
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly caller: Caller
  /** The network of the client. Undefined if addresses are not counted. */
  readonly network: string | undefined
  /** The account of all memory that is held for callers. */
  readonly memory: MemoryAccount
  /** Headers for every answer, as alternating names and values. */
  readonly headers: readonly string[]
  readonly query: string
  /** Absent if no ledger is kept. */
  readonly usage?: UsageReader | undefined
  /** The protocol in whose dialect the caller is answered. */
  readonly protocol: Protocol
  /** Absent: there are no sessions. */
  readonly sessions?: SessionDoors | undefined
  /** What admitted the caller. */
  readonly presented: CallHeaders
}
