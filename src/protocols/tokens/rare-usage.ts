/** The parts of a usage that few answers have. They are absent if there is nothing to report. */
import type { Usage } from '#model'
import { toTokenCount } from '../requests/lenient-fields.ts'

type RareCount =
  | 'cacheWrite1hTokens'
  | 'audioInputTokens'
  | 'audioCacheReadTokens'
  | 'imageInputTokens'
  | 'imageCacheReadTokens'
  | 'audioOutputTokens'
  | 'imageOutputTokens'
  | 'webSearches'
  | 'fileSearches'
  | 'longestInputTokens'

type RareUsage = Pick<Usage, RareCount | 'serviceTier'>

/** @param counts as they were reported. A count that is not positive is left out. */
export const toRareUsage = (
  counts: Readonly<Partial<Record<RareCount, unknown>>>,
  serviceTier?: unknown,
): RareUsage => {
  const usage: { -readonly [field in keyof RareUsage]: RareUsage[field] } = {}
  for (const field in counts) {
    const count = toTokenCount(counts[field as RareCount])
    if (count > 0) usage[field as RareCount] = count
  }
  const tier = typeof serviceTier === 'string' ? toTierName(serviceTier) : ''
  if (tier !== '' && !STANDARD.has(tier)) usage.serviceTier = tier
  return usage
}

/** What vendors call an answer that was served as usual. */
const STANDARD: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'on_demand',
  'standard',
  'standard_only',
  'unspecified',
])

const MAX_TIER_NAME = 40

const toTierName = (name: string): string =>
  name
    .slice(0, MAX_TIER_NAME)
    .toLowerCase()
    .replaceAll(/[^\w.-]/g, '')
