/** What a report of usage is asked for, and what it says. The same for the command line and for HTTP. */
import { invalidRequest } from '#model'

export const GROUPINGS = ['day', 'model', 'key', 'owner'] as const
export type Grouping = (typeof GROUPINGS)[number]

export interface UsageQuery {
  readonly by: Grouping
  /** In milliseconds of Unix time. Absent: from the first call. */
  readonly sinceMs?: number
  /** Only calls of this caller. */
  readonly callerId?: string
}

export interface UsageLine {
  /** The day, the model, the key or the owner. Null if the calls have none. */
  readonly key: string | null
  readonly calls: number
  readonly input_tokens: number
  readonly output_tokens: number
  /** In US dollars: of the calls whose price is known. Null if it is known of none. */
  readonly cost: number | null
  readonly unpriced_calls: number
  /** Calls that the cache answered. */
  readonly cached_calls: number
  /** What these would have cost, in US dollars, where it is known. Null if it is known of none. */
  readonly saved: number | null
}

export interface UsageReport {
  readonly data: readonly UsageLine[]
  readonly total: Omit<UsageLine, 'key'>
}

/** @throws GatewayError `invalid_request` */
export const toUsageQuery = (
  { by = 'day', since }: { readonly by?: string | undefined; readonly since?: string | undefined },
  now = Date.now(),
): UsageQuery => {
  const grouping = GROUPINGS.find((each) => each === by)
  if (!grouping) throw invalidRequest(`'by' must be one of ${GROUPINGS.join(', ')}.`, 'by')
  return since === undefined ? { by: grouping } : { by: grouping, sinceMs: toSinceMs(since, now) }
}

const MINUTE_MS = 60_000
const UNITS: Readonly<Record<string, number>> = {
  m: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: 24 * 60 * MINUTE_MS,
}

const AGO = /^(?<count>\d{1,6})(?<unit>[mhd])$/
const DATE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/

export const toSinceMs = (since: string, now: number): number => {
  const { count, unit = '' } = AGO.exec(since)?.groups ?? {}
  const time = count === undefined ? toTime(since) : now - Number(count) * (UNITS[unit] ?? 0)
  if (!Number.isFinite(time))
    throw invalidRequest(
      "'since' must be a date (2026-11-01), a time with its zone (2026-11-01T12:00:00Z), or how long ago (30m, 24h, 7d).",
      'since',
    )
  return Math.max(time, 0)
}

const toTime = (since: string): number =>
  DATE.test(since) && isDay(since.slice(0, DAY_LENGTH)) ? Date.parse(since) : Number.NaN

const DAY_LENGTH = '2026-11-01'.length

/** A parser takes 30 February for a day in March. */
const isDay = (day: string): boolean => {
  const time = Date.parse(day)
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day)
}
