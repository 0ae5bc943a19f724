/** The end of a key or token while something that it opened is still in progress. */
import { type AuditActor, GatewayError } from '#model'
import type { Caller } from './caller.ts'

/** A longer delay would end at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

const NOTHING = (): void => undefined

/** Calls `end` when the key or token of the caller ends, never before it returns. @returns a function that stops it */
export const whenExpired = ({ expiresAtMs }: Caller, end: () => void): (() => void) => {
  if (expiresAtMs === undefined) return NOTHING
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    const leftMs = Math.min(Math.max(expiresAtMs - Date.now(), 0), LONGEST_DELAY_MS)
    timer = setTimeout(look, leftMs)
  }
  const look = (): void => (Date.now() < expiresAtMs ? wait() : end())
  wait()
  return () => clearTimeout(timer)
}

export const credentialExpired = (
  message = 'The key or token of this call has expired.',
  actor?: AuditActor,
): GatewayError =>
  new GatewayError('unauthenticated', message, {
    vendorCode: 'credential_expired',
    ...(actor && { actor }),
  })

/** The configuration has changed. */
export const credentialRemoved = (): GatewayError =>
  credentialExpired('The key or token of this call is not accepted any more.')
