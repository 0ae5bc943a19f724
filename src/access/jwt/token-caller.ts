/** The caller of a valid token. Its claims narrow what the caller may use, and never widen it. */
import { createHash } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { GatewayError } from '#model'
import type { Caller } from '../caller.ts'
import { toModelPatterns } from '../keys/model-patterns.ts'
import type { CallerLimits } from '../limits/limit-options.ts'
import { narrowLimits, toClaimedLimits } from './claimed-limits.ts'

/** How far the clocks of the issuer and of this machine may differ. */
export const SKEW_SECONDS = 60

/** Longer than the subjects of identity providers. */
const MAX_SUBJECT_CHARACTERS = 256

/** @throws GatewayError `unauthenticated`: a claim that cannot be read would narrow nothing. */
export const toTokenCaller = (
  { iss, sub, exp = 0, models, limits }: JWTPayload,
  most: CallerLimits | undefined,
): Caller => {
  if (sub === undefined || sub.trim() === '' || sub.length > MAX_SUBJECT_CHARACTERS)
    throw wrongClaim('sub')
  const patterns = toPatterns(models)
  const claimed = toClaimedLimits(limits)
  if (claimed === 'malformed') throw wrongClaim('limits')
  return {
    id: idOf(iss ?? '', sub),
    owner: sub,
    claims: patterns ? { models: patterns } : {},
    ...(patterns && { models: toModelPatterns(patterns) }),
    ...(claimed && { limits: narrowLimits(most, claimed) }),
    expiresAtMs: toEnd(exp * 1000),
  }
}

/** A token that was admitted late, because clocks may differ, counts for as long as they may. */
const toEnd = (expiresAtMs: number): number =>
  expiresAtMs > Date.now() ? expiresAtMs : expiresAtMs + SKEW_SECONDS * 1000

/** Longer than that of a key, since whoever can choose a subject can also search for one. */
const idOf = (issuer: string, subject: string): string =>
  createHash('sha256').update(`sluice subject\0${issuer}\0${subject}`).digest('hex').slice(0, 32)

const toPatterns = (models: unknown): readonly string[] | undefined => {
  if (models === undefined) return undefined
  if (Array.isArray(models) && models.every((pattern) => typeof pattern === 'string')) return models
  throw wrongClaim('models')
}

const wrongClaim = (name: string): GatewayError =>
  new GatewayError(
    'unauthenticated',
    `The claim '${name}' of the token is not one that this gateway accepts.`,
  )
