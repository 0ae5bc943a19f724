/** One limit each, as it is taken from the store and as clients are told of it. */
import { createWildcard } from '#model'
import type { Claim } from '#stores'
import { type CallerLimits, type CallLimits, DEFAULT_WINDOWS } from './limit-options.ts'

/** Who is counted. */
export type Subject = 'key' | 'owner' | 'ip'

export type Measure = 'requests' | 'streams' | 'tokens' | 'concurrent'

/** The limits of a subject, without the one who is counted. */
export interface Rules {
  readonly general: readonly Rule[]
  readonly models: readonly ModelRules[]
}

export interface ModelRules {
  matches(name: string): boolean
  readonly rules: readonly Rule[]
}

export interface Rule {
  readonly measure: Measure
  /** Its name in the answer's headers, quoted. */
  readonly name: string
  /** Its policy in the answer's headers. */
  readonly policy: string
  /** For people: `5 requests a minute for this key`. */
  readonly text: string
  /** @param tag the hash tag of the one who is counted, in curly brackets. */
  countFor(tag: string): ToClaim
}

/** Made once for each one who is counted: a key that is joined anew for every call has to be hashed anew, too. */
export type ToClaim = (call: Taken) => Claim

/** What a call takes of a limit. */
interface Taken {
  readonly requestId: string
  /** As far as they can be estimated. */
  readonly tokens: number
}

const MINUTE = 60_000

/** A slot is a lease that the store renews: a process that dies holds it no longer. */
const LEASE_MS = 10_000

/** Undefined if nothing is limited. */
export const toRules = (limits: CallerLimits, subject: Subject): Rules | undefined => {
  const general = toList(limits, { subject })
  const models = Object.entries(limits.models ?? {}).map(([pattern, each]) => {
    const wildcard = createWildcard(pattern)
    return {
      matches: (name: string) => wildcard(name) !== undefined,
      rules: toList(each, { subject, pattern }),
    }
  })
  return general.length > 0 || models.length > 0 ? { general, models } : undefined
}

interface Place {
  readonly subject: Subject
  readonly pattern?: string
}

const toList = (limits: CallLimits, place: Place): Rule[] =>
  [
    toWindow(limits, place),
    toBucket(limits, place),
    toStreaming(limits, place),
    toTokens(limits, place),
    toConcurrent(limits, place),
  ].filter((rule) => rule !== undefined)

type ToRule = (limits: CallLimits, place: Place) => Rule | undefined

const toWindow: ToRule = ({ windowMs, windowRequests }, place) => {
  if (windowMs === undefined && windowRequests === undefined) return undefined
  const max = windowRequests ?? DEFAULT_WINDOWS.windowRequests
  const lengthMs = windowMs ?? DEFAULT_WINDOWS.windowMs
  return {
    ...toTexts(place, 'requests', 'requests', { quota: max, windowMs: lengthMs }),
    text: toSentence(place, `${max} requests in ${lengthMs / 1000} s`),
    countFor: toWindowClaim(place, 'window', lengthMs, max),
  }
}

const toBucket: ToRule = ({ requestsPerMinute: perMinute, burst = perMinute }, place) => {
  if (perMinute === undefined || burst === undefined) return undefined
  const windowMs = (burst / perMinute) * MINUTE
  const end = toKeyEnd(place, 'minute')
  return {
    ...toTexts(place, 'requests', 'requests-per-minute', { quota: burst, windowMs }),
    text: toSentence(place, `${perMinute} requests a minute`),
    countFor(tag) {
      const claim: Claim = { kind: 'bucket', key: tag + end, perMinute, burst, amount: 1 }
      return () => claim
    },
  }
}

const toStreaming: ToRule = ({ streamingPerMinute: max }, place) =>
  max === undefined
    ? undefined
    : {
        ...toTexts(place, 'streams', 'streams-per-minute', { quota: max, windowMs: MINUTE }),
        text: toSentence(place, `${max} streams a minute`),
        countFor: toWindowClaim(place, 'streaming', MINUTE, max),
      }

const toTokens: ToRule = ({ tokensPerMinute: perMinute }, place) => {
  if (perMinute === undefined) return undefined
  const end = toKeyEnd(place, 'tokens')
  return {
    ...toTexts(place, 'tokens', 'tokens-per-minute', { quota: perMinute, windowMs: MINUTE }),
    text: toSentence(place, `${perMinute} tokens a minute`),
    countFor(tag) {
      const key = tag + end
      return ({ tokens }) => ({
        kind: 'bucket',
        key,
        perMinute,
        burst: perMinute,
        // An estimate may exceed the bucket. Such a call waits for a full one, and its settlement takes the rest.
        amount: Math.min(tokens, perMinute),
      })
    },
  }
}

const toConcurrent: ToRule = ({ concurrentStreams: max }, place) => {
  if (max === undefined) return undefined
  const end = toKeyEnd(place, 'streams')
  return {
    ...toTexts(place, 'concurrent', 'concurrent-streams', { quota: max, windowMs: undefined }),
    text: toSentence(place, `${max} streams at a time`),
    countFor(tag) {
      const key = tag + end
      return ({ requestId }) => ({ kind: 'slot', key, max, lease: requestId, ttlMs: LEASE_MS })
    },
  }
}

const toWindowClaim = (
  place: Place,
  count: string,
  windowMs: number,
  max: number,
): Rule['countFor'] => {
  const end = toKeyEnd(place, count)
  return (tag) => {
    const claim: Claim = { kind: 'window', key: tag + end, windowMs, max, amount: 1 }
    return () => claim
  }
}

const toKeyEnd = ({ pattern }: Place, count: string): string =>
  pattern === undefined ? count : `${count}:${pattern}`

const PREFIXES: Readonly<Record<Subject, string>> = { key: '', owner: 'owner-', ip: 'ip-' }

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers */
const toTexts = (
  { subject, pattern }: Place,
  measure: Measure,
  plain: string,
  { quota, windowMs }: { readonly quota: number; readonly windowMs: number | undefined },
): Pick<Rule, 'measure' | 'name' | 'policy'> => {
  const suffix = pattern === undefined ? '' : `:${toPrintable(pattern)}`
  const name = `"${PREFIXES[subject]}${plain}${suffix}"`
  const window = windowMs === undefined ? '' : `;w=${Math.ceil(windowMs / 1000)}`
  return { measure, name, policy: `${name};q=${quota}${UNITS[measure]}${window}` }
}

const UNITS: Readonly<Record<Measure, string>> = {
  requests: '',
  streams: '',
  tokens: ';qu="tokens"',
  concurrent: ';qu="concurrent-requests"',
}

/** The names are Strings of RFC 9651. */
const toPrintable = (pattern: string): string => pattern.replaceAll(/[^\x20-\x7e]|["\\]/g, '?')

const SUBJECTS: Readonly<Record<Subject, string>> = { key: 'key', owner: 'owner', ip: 'address' }

const toSentence = ({ subject, pattern }: Place, limit: string): string =>
  `${limit} for this ${SUBJECTS[subject]}${pattern === undefined ? '' : ` at '${pattern}'`}`
