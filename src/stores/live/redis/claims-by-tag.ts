/** Claims as the scripts read them, one group for each hash tag: Redis Cluster keeps the keys of a tag on one node. */
import { type Claim, type ClaimState, SLOT_RETRY_MS, type Verdict } from '../live-store.ts'
import type { Step } from '../../redis/script.ts'
import { CORRECT, TAKE } from './scripts.ts'

/** The claims of one tag, with their places among the claims of the call. */
export interface Group {
  readonly claims: readonly Claim[]
  readonly places: readonly number[]
}

const TAG = /\{([^{}]+)\}/

const PREFIX = 'sluice:'

export const toRedisKey = ({ kind, key }: Claim): string => `${PREFIX}${kind}:${key}`

/** The key of a value that is kept. */
export const toRedisValue = (key: string): string => `${PREFIX}value:${key}`

export const toGroups = (claims: readonly Claim[]): Group[] => {
  const groups = new Map<string, { claims: Claim[]; places: number[] }>()
  for (const [place, claim] of claims.entries()) {
    const tag = TAG.exec(claim.key)?.[1] ?? toRedisKey(claim)
    const group = groups.get(tag)
    if (group) {
      group.claims.push(claim)
      group.places.push(place)
    } else groups.set(tag, { claims: [claim], places: [place] })
  }
  return [...groups.values()]
}

export const toTake = (claims: readonly Claim[]): Step => ({
  script: TAKE,
  keys: claims.map(toRedisKey),
  args: [SLOT_RETRY_MS, ...claims.flatMap(toArguments)],
})

const toArguments = (claim: Claim): (string | number)[] => {
  const { kind, max, measure, amount } = partsOf(claim)
  return [kind, measure, max, amount]
}

const partsOf = (claim: Claim) => {
  const { kind } = claim
  if (kind === 'window')
    return { kind, measure: claim.windowMs, max: claim.max, amount: claim.amount }
  return kind === 'bucket'
    ? { kind, measure: claim.perMinute, max: claim.burst, amount: claim.amount }
    : { kind, measure: claim.ttlMs, max: claim.max, amount: claim.lease }
}

/** What a script answered for one claim. */
interface Answer {
  readonly state: ClaimState
  readonly retryAfterMs: number
  /** Of a window: its end, by which it is recognised later. */
  readonly mark: number
}

/** The answer for a group. */
export interface Reply {
  /** The place in the group of the claim that was refused; -1 for none. */
  readonly refused: number
  readonly answers: readonly Answer[]
}

const NUMBERS = 4

/** @throws Error if it is no reply of the script. */
export const toReply = ({ claims }: Group, reply: unknown): Reply => {
  if (!Array.isArray(reply) || reply.length !== 1 + claims.length * NUMBERS)
    throw new Error('Redis answered something else than was asked.')
  const [refused = 0, ...numbers] = reply.map(Number)
  return {
    refused: refused - 1,
    answers: claims.map((claim, at) => {
      const [remaining = 0, resetMs = 0, retryAfterMs = 0, mark = 0] = numbers.slice(at * NUMBERS)
      return { state: { limit: partsOf(claim).max, remaining, resetMs }, retryAfterMs, mark }
    }),
  }
}

/** Combines the answers of all groups, in the order of the claims. */
export const toVerdict = (groups: readonly Group[], replies: readonly Reply[]): Verdict => {
  const states: ClaimState[] = []
  let refused: number | undefined
  let retryAfterMs = 0
  for (const [at, { places }] of groups.entries()) {
    const reply = replies[at]
    for (const [each, place] of places.entries()) {
      const answer = reply?.answers[each]
      if (!answer) continue
      states[place] = answer.state
      if (each === reply?.refused && place < (refused ?? Infinity)) {
        refused = place
        retryAfterMs = answer.retryAfterMs
      }
    }
  }
  return refused === undefined
    ? { allowed: true, states }
    : { allowed: false, states, refused, retryAfterMs }
}

/** Returns what one group took, because another refused or nobody waits for it any more. */
export const toReturn = ({ claims }: Group, { answers }: Reply): Step => ({
  script: CORRECT,
  keys: claims.map(toRedisKey),
  args: claims.flatMap((claim, at) => {
    if (claim.kind === 'window') return [claim.kind, answers[at]?.mark ?? 0, -claim.amount]
    return claim.kind === 'bucket'
      ? [claim.kind, claim.perMinute, -claim.amount]
      : [claim.kind, 0, claim.lease]
  }),
})

/** For one claim: a bucket is corrected by the amount, a slot ends. */
export const toCorrection = (claim: Claim, amount: number): Step => ({
  script: CORRECT,
  keys: [toRedisKey(claim)],
  args:
    claim.kind === 'slot'
      ? [claim.kind, 0, claim.lease]
      : [claim.kind, claim.kind === 'bucket' ? claim.perMinute : 0, amount],
})
