/** Opens `/admin` and `/metrics`, by a key that opens nothing else. */
import { GatewayError } from '#model'
import type { Caller } from '../caller.ts'
import { textOf, type Key } from '../keys/key-options.ts'
import { toHolder } from '../keys/holder.ts'
import { presentedKeys } from './credentials.ts'
import type { CallHeaders } from './local-callers.ts'
import { findFirst, type KeyRing } from './key-ring.ts'

export interface AdminAccess {
  /** Whether an admin key is presented. */
  isAdmin(headers: CallHeaders): boolean
  /**
   * The admin key, which has nothing but an id. Rejects with a GatewayError: `unauthenticated`, or `forbidden` for a
   * caller.
   */
  admit(headers: CallHeaders): Promise<Caller>
  /** The keys of callers, without their secrets. */
  listKeys(): readonly KeyFacts[]
}

export interface KeyFacts {
  readonly caller: Caller
  readonly models: readonly string[] | undefined
  readonly origins: readonly string[] | undefined
  readonly isDisabled: boolean
}

export const createAdminAccess = (
  keys: readonly Key[],
  adminKeys: KeyRing<Caller>,
  authenticate: (headers: CallHeaders) => Caller | Promise<Caller>,
): AdminAccess => ({
  isAdmin: (headers) => findFirst(adminKeys, presentedKeys(headers)) !== undefined,
  async admit(headers) {
    const admin = findFirst(adminKeys, presentedKeys(headers))
    if (admin) return admin
    const { id, name } = await authenticate(headers)
    throw new GatewayError(
      'forbidden',
      adminKeys.size > 0
        ? 'This is open to an admin key alone.'
        : 'This is open to an admin key alone, and none is configured: set SLUICE_ADMIN_KEY, or admin_keys in the file.',
      { actor: { id, name } },
    )
  },
  listKeys: () => [...new Map(keys.map((key) => [textOf(key), key])).values()].map(toFacts),
})

const toFacts = (key: Key): KeyFacts => {
  const { caller, isDisabled } = toHolder(key)
  const { models, origins } = typeof key === 'string' ? {} : key
  return { caller, models, origins, isDisabled }
}
