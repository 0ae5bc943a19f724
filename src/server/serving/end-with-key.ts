/** A stream ends with the key or token of its caller. */
import type { ServerResponse } from 'node:http'
import type { CallHeaders } from '#access'
import type { GatewayError } from '#model'
import type { Admissions, Admitted } from './admissions.ts'

interface KeyedStream extends Admitted {
  readonly admissions: Admissions
  /** What admitted the caller. */
  readonly presented: CallHeaders
  readonly response: ServerResponse
}

export const endWithKey = (
  { admissions, serving, caller, presented, response }: KeyedStream,
  end: (error: GatewayError) => void,
): void => {
  if (response.destroyed) return
  const stop = admissions.watch(
    { caller, serving },
    { admit: (later) => later.gateway.authenticate(presented), end },
  )
  response.once('close', stop)
}
