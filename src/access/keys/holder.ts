/** A key's caller, and whether the key may be used now. */
import { GatewayError } from '#model'
import type { Caller } from '../caller.ts'
import { createOriginCheck, type OriginCheck } from '../admission/origins.ts'
import { credentialExpired } from '../expiry.ts'
import { idOf } from './key-id.ts'
import { type Key, type KeyOptions, textOf } from './key-options.ts'
import { toModelPatterns } from './model-patterns.ts'

export interface Holder {
  readonly caller: Caller
  readonly isDisabled: boolean
  readonly allowsOrigin: OriginCheck | undefined
}

export const toHolder = (key: Key): Holder => {
  if (typeof key === 'string')
    return { caller: { id: idOf(key) }, isDisabled: false, allowsOrigin: undefined }
  const { origins, disabled = false } = key
  return {
    caller: { id: idOf(textOf(key)), ...toRights(key) },
    isDisabled: disabled,
    allowsOrigin: origins && createOriginCheck(origins),
  }
}

const toRights = ({ name, owner, models, limits, expiresAtMs }: KeyOptions) => ({
  ...(name === undefined ? {} : { name }),
  ...(owner === undefined ? {} : { owner }),
  ...(models && { models: toModelPatterns(models) }),
  ...(limits && { limits }),
  ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
})

/** Why the key may not be used. A call without an origin does not come from a web page. */
export const refusalOf = (
  { caller, isDisabled, allowsOrigin }: Holder,
  origin: string | undefined,
): GatewayError | undefined => {
  const actor = { id: caller.id, name: caller.name }
  if (isDisabled) return new GatewayError('unauthenticated', 'This API key is disabled.', { actor })
  if (caller.expiresAtMs !== undefined && caller.expiresAtMs <= Date.now())
    return credentialExpired('This API key has expired.', actor)
  if (origin !== undefined && allowsOrigin && !allowsOrigin(origin))
    return new GatewayError('forbidden', 'This API key may not be used from this origin.', {
      actor,
    })
  return undefined
}
