/** The limits that a token claims. */
import { isJsonObject, type JsonObject } from '#model'
import {
  type CallerLimits,
  type CallLimits,
  DEFAULT_WINDOWS,
  LIMIT_FIELDS,
} from '../limits/limit-options.ts'

export const toClaimedLimits = (claim: unknown): CallerLimits | 'malformed' | undefined => {
  if (claim === undefined) return undefined
  if (!isJsonObject(claim)) return 'malformed'
  const { models, ...counts } = claim
  const general = toCounts(counts)
  const byModel = models === undefined ? {} : toModels(models)
  return general && byModel ? { ...general, ...byModel } : 'malformed'
}

const toModels = (models: unknown): Pick<CallerLimits, 'models'> | undefined => {
  if (!isJsonObject(models)) return undefined
  const entries: [string, CallLimits][] = []
  for (const [pattern, counts] of Object.entries(models)) {
    const limits = isJsonObject(counts) ? toCounts(counts) : undefined
    if (!limits) return undefined
    entries.push([pattern, limits])
  }
  return { models: Object.fromEntries(entries) }
}

const FIELDS = new Map<string, keyof CallLimits>(Object.entries(LIMIT_FIELDS))

const toCounts = (counts: JsonObject): CallLimits | undefined => {
  const limits: Partial<Record<keyof CallLimits, number>> = {}
  for (const [name, value] of Object.entries(counts)) {
    const field = FIELDS.get(name)
    if (!field || typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
      return undefined
    limits[field] = value
  }
  return limits
}

/** The smaller number holds. A window is at least as long as both: the same calls in a longer one are fewer. */
export const narrowLimits = (most: CallerLimits = {}, claimed: CallerLimits): CallerLimits => {
  const { models: mostByModel = {}, ...mostInGeneral } = most
  const { models: claimedByModel = {}, ...claimedInGeneral } = claimed
  const byModel = { ...mostByModel }
  for (const [pattern, limits] of Object.entries(claimedByModel)) {
    const own = Object.hasOwn(mostByModel, pattern) ? mostByModel[pattern] : undefined
    byModel[pattern] = narrow(own ?? {}, limits)
  }
  return {
    ...narrow(mostInGeneral, claimedInGeneral),
    ...(Object.keys(byModel).length > 0 && { models: byModel }),
  }
}

const narrow = (given: CallLimits, claim: CallLimits): CallLimits => {
  const most = withDefaults(given)
  const claimed = withBurst(claim)
  const narrowed: Partial<Record<keyof CallLimits, number>> = { ...most }
  for (const field of Object.values(LIMIT_FIELDS)) {
    const limit = claimed[field]
    const own = most[field]
    if (limit === undefined) continue
    if (own === undefined) narrowed[field] = limit
    else narrowed[field] = field === 'windowMs' ? Math.max(own, limit) : Math.min(own, limit)
  }
  return narrowed
}

/** What a limit is if it is not set must not be widened either. */
const withDefaults = (limits: CallLimits): CallLimits => {
  const { windowMs, windowRequests } = limits
  const hasWindow = windowMs !== undefined || windowRequests !== undefined
  return withBurst(hasWindow ? { ...WINDOW, ...limits } : limits)
}

const WINDOW = {
  windowMs: DEFAULT_WINDOWS.windowMs,
  windowRequests: DEFAULT_WINDOWS.windowRequests,
}

const withBurst = (limits: CallLimits): CallLimits => {
  const { requestsPerMinute, burst = requestsPerMinute } = limits
  return burst === undefined ? limits : { ...limits, burst }
}
