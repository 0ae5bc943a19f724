/** Decides who may call, for every door. */
import { GatewayError } from '#model'
import type { Caller } from './caller.ts'
import { presentedKeys } from './admission/credentials.ts'
import { createKeyRing } from './admission/key-ring.ts'
import { admitLocal, type CallHeaders } from './admission/local-callers.ts'
import { createOriginCheck, DEFAULT_ORIGINS, type OriginCheck } from './admission/origins.ts'

export interface AccessOptions {
  /** If there are none, every caller on this machine is admitted. */
  readonly keys: readonly string[]
  /** Allowed origins of web pages, in addition to the default ones. */
  readonly corsOrigins?: readonly string[]
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
    authenticate: ring.size > 0 ? admitByKey : (headers) => admitLocal(headers, allowsOrigin),
  }
}
