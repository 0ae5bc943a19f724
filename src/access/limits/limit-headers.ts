/** What is left of the limits, in the headers that clients of each dialect read. */
import type { ProtocolName } from '#model'
import type { ClaimState, Verdict } from '#stores'
import type { Measure, Rule } from './rules.ts'

/**
 * For every dialect the fields `RateLimit` and `RateLimit-Policy`, with every limit; and those of the vendor, which have
 * one limit for requests and one for tokens: the one with the least left.
 *
 * @returns alternating names and values.
 */
export const toLimitHeaders = (
  dialect: ProtocolName,
  { rules, policy }: { readonly rules: readonly Rule[]; readonly policy: string },
  verdict: Verdict,
): readonly string[] => {
  const { states } = verdict
  const headers = [
    'ratelimit-policy',
    policy,
    'ratelimit',
    rules.map(({ name }, at) => toLeft(name, states[at])).join(', '),
  ]
  const write = VENDORS[dialect]
  if (!write) return headers
  for (const measure of ['requests', 'tokens'] as const) {
    const tightest = findTightest(measure, rules, verdict)
    if (tightest) write(headers, measure, tightest)
  }
  return headers
}

/** Fields of an upstream that are about its own limits. */
export const isLimitHeader = (name: string): boolean =>
  /^(?:x-|anthropic-)?rate-?limit(?:-|$)|^anthropic-priority-/.test(name)

const toLeft = (name: string, { remaining, resetMs }: ClaimState = NOTHING): string =>
  `${name};r=${toWhole(remaining)};t=${toSeconds(resetMs)}`

const NOTHING: ClaimState = { limit: 0, remaining: 0, resetMs: 0 }

const toWhole = (count: number): number => Math.max(0, Math.floor(count))

const toSeconds = (ms: number): number => Math.ceil(ms / 1000)

/** The limit that refused the call, or else the one with the least left. */
const findTightest = (
  measure: Measure,
  rules: readonly Rule[],
  { states, refused }: Verdict,
): ClaimState | undefined => {
  if (refused !== undefined && rules[refused]?.measure === measure) return states[refused]
  let tightest: ClaimState | undefined
  for (let at = 0; at < rules.length; at++) {
    const state = states[at]
    if (rules[at]?.measure !== measure || !state) continue
    if (!tightest || state.remaining < tightest.remaining) tightest = state
  }
  return tightest
}

type Write = (headers: string[], measure: 'requests' | 'tokens', state: ClaimState) => void

/** https://platform.openai.com/docs/guides/rate-limits */
const writeOpenai: Write = (headers, measure, { limit, remaining, resetMs }) =>
  void headers.push(
    `x-ratelimit-limit-${measure}`,
    String(limit),
    `x-ratelimit-remaining-${measure}`,
    String(toWhole(remaining)),
    `x-ratelimit-reset-${measure}`,
    toDuration(resetMs),
  )

/** https://docs.claude.com/en/api/rate-limits */
const writeAnthropic: Write = (headers, measure, { limit, remaining, resetMs }) =>
  void headers.push(
    `anthropic-ratelimit-${measure}-limit`,
    String(limit),
    `anthropic-ratelimit-${measure}-remaining`,
    String(toWhole(remaining)),
    `anthropic-ratelimit-${measure}-reset`,
    toTime(Date.now() + resetMs),
  )

const times = new Map<number, string>()
const MOST_TIMES = 64

/** Many calls have the same few seconds, and a date takes longer to write than all other headers together. */
const toTime = (ms: number): string => {
  const second = Math.floor(ms / 1000)
  const known = times.get(second)
  if (known !== undefined) return known
  const time = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`
  if (times.size >= MOST_TIMES) times.clear()
  times.set(second, time)
  return time
}

/** `12ms`, `1s`, `6m0s` */
const toDuration = (ms: number): string => {
  if (ms < 1000) return `${Math.ceil(ms)}ms`
  const seconds = toSeconds(ms)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes}m${seconds % 60}s`
    : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds % 60}s`
}

/** Gemini has no such headers. */
const VENDORS: Readonly<Partial<Record<ProtocolName, Write>>> = {
  'openai-chat': writeOpenai,
  'openai-responses': writeOpenai,
  'openai-completions': writeOpenai,
  'anthropic-messages': writeAnthropic,
}
