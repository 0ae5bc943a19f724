/** Verifies tokens. `jose` is loaded with the first one. */
import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import type { JWTVerifyOptions } from 'jose'
import { GatewayError } from '#model'
import type { Caller } from '../caller.ts'
import { credentialExpired } from '../expiry.ts'
import type { CallerLimits } from '../limits/limit-options.ts'
import { type KeySet, keySetAt } from './key-set.ts'
import { SKEW_SECONDS, toTokenCaller } from './token-caller.ts'
import type { FetchText, TokenOptions } from './token-options.ts'

export interface Tokens {
  /** Rejects with a GatewayError if none of them is valid. */
  admit(presented: readonly string[]): Promise<Caller>
  /** What they are verified by: another object when it has changed. Rejects if it cannot be fetched. */
  keys(): Promise<object>
}

export interface TokenMeans {
  readonly fetchText: FetchText | undefined
  readonly limits: CallerLimits | undefined
}

const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** As far as its shape tells. */
export const isToken = (key: string): boolean => key.startsWith('eyJ') && SHAPE.test(key)

/** Clients that send several credentials send two or three. Each that is tried costs a signature. */
const MAX_TOKENS = 3

export const createTokens = (options: TokenOptions, { fetchText, limits }: TokenMeans): Tokens => {
  const { algorithms, issuer, audience } = options
  const rules: JWTVerifyOptions = {
    algorithms: [...algorithms],
    issuer,
    audience: [...audience],
    clockTolerance: SKEW_SECONDS,
    requiredClaims: ['exp', 'sub'],
  }
  const key = toKey(options, fetchText)

  const verify = async (token: string): Promise<Caller> => {
    const jose = await import('jose')
    const { payload } = await (typeof key === 'function'
      ? jose.jwtVerify(token, key, rules)
      : jose.jwtVerify(token, key, rules))
    return toTokenCaller(payload, limits)
  }

  return {
    keys: () => ('current' in key ? key.current() : Promise.resolve(key)),
    async admit(presented) {
      let refusal: GatewayError | undefined
      for (const token of presented.slice(0, MAX_TOKENS))
        try {
          return await verify(token)
        } catch (thrown) {
          refusal ??= toRefusal(thrown)
        }
      throw refusal ?? invalid()
    },
  }
}

const toKey = (
  { verifiedBy }: TokenOptions,
  fetchText: FetchText | undefined,
): KeyObject | KeySet => {
  if ('secret' in verifiedBy) return createSecretKey(Buffer.from(verifiedBy.secret))
  if ('publicKey' in verifiedBy) return createPublicKey(verifiedBy.publicKey)
  if (!fetchText) throw new TypeError('nothing can fetch the keys of the issuer')
  return keySetAt(verifiedBy.jwksUrl, fetchText)
}

/** Says which claim is wrong, and nothing else: the token may be anybody's. */
const toRefusal = (thrown: unknown): GatewayError => {
  if (thrown instanceof GatewayError) return thrown
  const { code, claim } = thrown as { readonly code?: unknown; readonly claim?: unknown }
  if (code === 'ERR_JWT_EXPIRED') return credentialExpired('The token has expired.')
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED')
    return new GatewayError(
      'unauthenticated',
      `The claim '${String(claim).slice(0, 40)}' of the token is not one that this gateway accepts.`,
    )
  return invalid(thrown)
}

const invalid = (cause?: unknown): GatewayError =>
  new GatewayError('unauthenticated', 'The token is not valid here.', { cause })
