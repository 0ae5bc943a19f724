/** Decides who may call, for every door. */
import { GatewayError } from '#model'
import { ANONYMOUS, type Caller } from './caller.ts'
import { type AdminAccess, createAdminAccess } from './admission/admin-access.ts'
import { presentedKeys } from './admission/credentials.ts'
import { createKeyRing, findFirst } from './admission/key-ring.ts'
import { admitLocal, type CallHeaders } from './admission/local-callers.ts'
import { createOriginCheck, DEFAULT_ORIGINS, type OriginCheck } from './admission/origins.ts'
import { expectSubject, withUser } from './admission/user-id.ts'
import { createTokens, isToken, type Tokens } from './jwt/tokens.ts'
import type { FetchText, TokenOptions } from './jwt/token-options.ts'
import { refusalOf, toHolder } from './keys/holder.ts'
import { idOf } from './keys/key-id.ts'
import { type Key, textOf } from './keys/key-options.ts'
import type { CallerLimits } from './limits/limit-options.ts'
import { fromSentCaller, type SentCaller } from './sent-caller.ts'

export interface AccessOptions {
  /** If there are neither keys nor tokens, every caller on this machine is admitted. */
  readonly keys: readonly Key[]
  /** They open `/admin` and `/metrics`, and nothing else. */
  readonly adminKeys?: readonly string[]
  /** Tokens that are admitted as well as keys. */
  readonly jwt?: TokenOptions
  /** What callers have. The limits that a token claims narrow it. */
  readonly callerLimits?: {
    readonly everyCaller: CallerLimits
    /** In place of `everyCaller`, for callers without limits of their own. */
    readonly unlessOwn?: CallerLimits
  }
  /** Fetches the keys of a token's issuer. */
  readonly fetchText?: FetchText
  /** Allowed origins of web pages, in addition to the default ones. */
  readonly corsOrigins?: readonly string[]
}

export interface Access {
  readonly keyRequired: boolean
  /** Whether callers are distinguished, so that one can take resources from another. */
  readonly hasManyCallers: boolean
  readonly allowsOrigin: OriginCheck
  /**
   * A key is decided on at once; only a token has to be waited for.
   *
   * @throws GatewayError `unauthenticated`, `forbidden` or `invalid_request`
   */
  authenticate(headers: CallHeaders): Caller | Promise<Caller>
  /** Somebody who was admitted before, here or in another process. Undefined if that is no longer so. */
  findCaller(sent: SentCaller): Caller | undefined
  /** What tokens are verified by: another object when it has changed. Undefined: none are admitted. Rejects if it is not known. */
  readonly tokenKeys: (() => Promise<object>) | undefined
  readonly admin: AdminAccess
}

export const createAccess = (options: AccessOptions): Access => {
  const { keys, adminKeys = [], jwt, callerLimits, fetchText } = options
  const holders = keys.map((key) => [textOf(key), toHolder(key)] as const)
  const ring = createKeyRing(holders)
  /** If a key is there more than once, its first value counts. */
  const byId = new Map(holders.toReversed().map(([, holder]) => [holder.caller.id, holder]))
  const adminRing = createKeyRing<Caller>(adminKeys.map((key) => [key, { id: idOf(key) }]))
  const tokens =
    jwt &&
    createTokens(jwt, { fetchText, limits: callerLimits?.unlessOwn ?? callerLimits?.everyCaller })
  const allowsOrigin = createOriginCheck([...DEFAULT_ORIGINS, ...(options.corsOrigins ?? [])])
  const keyRequired = ring.size > 0 || tokens !== undefined

  const refuseAdminKey = (presented: readonly string[]): void => {
    const actor = adminRing.size === 0 ? undefined : findFirst(adminRing, presented)
    if (actor)
      throw new GatewayError(
        'unauthenticated',
        'This is an admin key, which opens /admin and /metrics alone.',
        { actor },
      )
  }

  const admitByKey = (headers: CallHeaders): Caller | Promise<Caller> => {
    const presented = presentedKeys(headers)
    if (presented.length === 0) throw noKey()
    let refusal: GatewayError | undefined
    for (const key of presented) {
      const holder = ring.find(key)
      if (!holder) continue
      const refused = refusalOf(holder, headers.origin)
      if (!refused) return withUser(holder.caller, headers['x-user-id'])
      refusal ??= refused
    }
    const asTokens = tokens ? presented.filter(isToken) : []
    if (tokens && asTokens.length > 0) return admitByToken(tokens, asTokens, headers)
    if (refusal) throw refusal
    refuseAdminKey(presented)
    throw new GatewayError('unauthenticated', 'The API key is not one that this gateway knows.')
  }

  const admitAnybody = (headers: CallHeaders): Caller => {
    const caller = admitLocal(headers, allowsOrigin)
    if (adminRing.size > 0) refuseAdminKey(presentedKeys(headers))
    return withUser(caller, headers['x-user-id'])
  }

  const authenticate = keyRequired ? admitByKey : admitAnybody
  return {
    keyRequired,
    hasManyCallers: ring.size > 1 || tokens !== undefined,
    allowsOrigin,
    authenticate,
    findCaller: (sent) =>
      fromSentCaller(sent, {
        acceptsTokens: tokens !== undefined,
        findHolder(id) {
          if (!keyRequired) return id === ANONYMOUS.id ? ANONYMOUS : undefined
          const holder = byId.get(id)
          return holder && !holder.isDisabled ? holder.caller : undefined
        },
      }),
    tokenKeys: tokens?.keys,
    admin: createAdminAccess(keys, adminRing, authenticate),
  }
}

const admitByToken = async (
  tokens: Tokens,
  presented: readonly string[],
  headers: CallHeaders,
): Promise<Caller> => expectSubject(await tokens.admit(presented), headers['x-user-id'])

const noKey = (): GatewayError =>
  new GatewayError(
    'unauthenticated',
    'No API key was sent. Send one as "Authorization: Bearer KEY" or "x-api-key: KEY".',
  )
