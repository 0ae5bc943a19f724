/** Decides who may call, for every door. */
import { GatewayError } from '#model'
import { ANONYMOUS, type Caller } from './caller.ts'
import { type CredentialHeaders, presentedKeys } from './admission/credentials.ts'
import { createKeyRing } from './admission/key-ring.ts'
import { isLoopbackHostHeader } from './admission/loopback.ts'
import {
  createOriginCheck,
  DEFAULT_ORIGINS,
  type OriginCheck,
  originNotAllowed,
} from './admission/origins.ts'

export interface AccessOptions {
  /** If there are none, every caller on this machine is admitted. */
  readonly keys: readonly string[]
  /** Allowed origins of web pages, in addition to the default ones. */
  readonly corsOrigins?: readonly string[]
}

export interface CallHeaders extends CredentialHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
}

export interface Access {
  readonly keyRequired: boolean
  /** Whether callers are distinguished, so that one can take resources from another. */
  readonly hasManyCallers: boolean
  readonly allowsOrigin: OriginCheck
  /** @throws GatewayError `unauthenticated` or `forbidden` */
  authenticate(headers: CallHeaders): Caller
}

export const createAccess = (options: AccessOptions): Access => {
  const ring = createKeyRing(options.keys)
  const allowsOrigin = createOriginCheck([...DEFAULT_ORIGINS, ...(options.corsOrigins ?? [])])

  // Without a key the danger is the browser: any page can send a POST to a port of this machine, and an attacker can
  // point a domain name at it.
  const admitLocal = (headers: CallHeaders): Caller => {
    if (!isLoopbackHostHeader(headers.host))
      throw new GatewayError(
        'forbidden',
        'Without a configured key, Sluice answers only to a loopback host name such as localhost.',
      )
    if (headers.origin !== undefined && !allowsOrigin(headers.origin)) throw originNotAllowed()
    return ANONYMOUS
  }

  const admitByKey = (headers: CallHeaders): Caller => {
    const keys = presentedKeys(headers)
    if (keys.length === 0)
      throw new GatewayError(
        'unauthenticated',
        'No API key was sent. Send one as "Authorization: Bearer KEY" or "x-api-key: KEY".',
      )
    for (const key of keys) {
      const caller = ring.find(key)
      if (caller) return caller
    }
    throw new GatewayError('unauthenticated', 'The API key is not one that this gateway knows.')
  }

  return {
    keyRequired: ring.size > 0,
    hasManyCallers: ring.size > 1,
    allowsOrigin,
    authenticate: ring.size > 0 ? admitByKey : admitLocal,
  }
}
