/** Admits callers when no key is configured. */
import { GatewayError } from '#model'
import { ANONYMOUS, type Caller } from '../caller.ts'
import type { CredentialHeaders } from './credentials.ts'
import { isLoopbackHostHeader } from './loopback.ts'
import { type OriginCheck, originNotAllowed } from './origins.ts'

export interface CallHeaders extends CredentialHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly 'x-user-id'?: string | string[] | undefined
}

/**
 * Without a key the danger is the browser: any page can send a POST to a port of this machine, and an attacker can
 * point a domain name at it.
 *
 * @throws GatewayError `forbidden`
 */
export const admitLocal = (headers: CallHeaders, allowsOrigin: OriginCheck): Caller => {
  if (!isLoopbackHostHeader(headers.host))
    throw new GatewayError(
      'forbidden',
      'Without a configured key, Sluice answers only to a loopback host name such as localhost.',
    )
  if (headers.origin !== undefined && !allowsOrigin(headers.origin)) throw originNotAllowed()
  return ANONYMOUS
}
