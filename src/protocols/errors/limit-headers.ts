/** When exhausted limits reset, from the headers in which vendors report what is left of each. */

/** `x-ratelimit-reset-tokens`, `anthropic-ratelimit-tokens-reset`, `x-ratelimit-reset` */
const RESET = /^(?:x|anthropic)-ratelimit-(?:.+-)?reset(?:-|$)/

/** Undefined if no limit is reported as exhausted. */
export const toResetWaitMs = (
  rawHeaders: readonly string[],
  nowMs = Date.now(),
): number | undefined => {
  const told = new Map<string, string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    told.set((rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? '')
  const waits = [...told]
    .filter(([name]) => RESET.test(name) && told.get(name.replace('reset', 'remaining')) === '0')
    .map(([, value]) => toWaitMs(value, nowMs))
    .filter((wait) => Number.isFinite(wait))
  return waits.length === 0 ? undefined : Math.max(0, ...waits)
}

/** Larger numbers are not durations but timestamps, in seconds or in milliseconds. */
const LEAST_SECONDS_OF_A_DATE = 1e9
const LEAST_MILLISECONDS_OF_A_DATE = 1e11

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `6m0s`, `12ms`, `11.38`, `1790000000`, `1790000000000`, `2026-11-21T12:00:00Z` */
const toWaitMs = (value: string, nowMs: number): number => {
  const number = value === '' ? Number.NaN : Number(value)
  if (number >= LEAST_MILLISECONDS_OF_A_DATE) return number - nowMs
  if (number >= LEAST_SECONDS_OF_A_DATE) return number * 1000 - nowMs
  if (!Number.isNaN(number)) return number * 1000
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(value)) return Date.parse(value) - nowMs
  const parts = [...value.matchAll(/([\d.]+)(ms|[smhd])/g)]
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit] ?? 0), 0)
}
