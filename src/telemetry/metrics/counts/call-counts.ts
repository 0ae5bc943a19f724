/** Counts what the settlements of calls say. */
import { type ErrorCode, type Settlement, type Settler, type Usage, usageOf } from '#model'
import type { Labels, Reading } from '../families.ts'
import { FIRST_BYTE_BOUNDS, Histogram, OVERHEAD_BOUNDS } from './histogram.ts'
import { addTo, createCounts, createRows } from './rows.ts'
import type { createTargetLabels, TargetLabels } from './target-labels.ts'

export interface CallCounts {
  readonly settle: Settler
  read(): readonly Reading[]
}

/** The kinds of tokens. Parts of others are among them, as in a bill. */
const KINDS = [
  ['input', 'inputTokens'],
  ['cache_read', 'cacheReadTokens'],
  ['cache_write', 'cacheWriteTokens'],
  ['output', 'outputTokens'],
  ['reasoning', 'reasoningTokens'],
  ['audio_input', 'audioInputTokens'],
  ['image_input', 'imageInputTokens'],
  ['audio_output', 'audioOutputTokens'],
  ['image_output', 'imageOutputTokens'],
] as const satisfies readonly (readonly [string, keyof Usage])[]

/** They always have a row, so that a rate begins with the first call. */
const ALWAYS: ReadonlySet<string> = new Set(['input', 'output'])

export const createCallCounts = (targets: ReturnType<typeof createTargetLabels>): CallCounts => {
  const calls = createCounts('sluice_calls_total')
  const errors = createCounts('sluice_errors_total')
  const attempts = createCounts('sluice_attempts_total')
  const cost = createCounts('sluice_cost_dollars_total')
  const unpriced = createCounts('sluice_unpriced_calls_total')
  const cacheUses = createCounts('sluice_cache_calls_total')
  const saved = createCounts('sluice_cache_saved_dollars_total')
  const tokens = createRows('sluice_tokens_total', () => new Float64Array(KINDS.length))
  const firstBytes = createRows(
    'sluice_first_byte_seconds',
    () => new Histogram(FIRST_BYTE_BOUNDS),
    MAX_HISTOGRAMS,
  )
  const overheads = createRows('sluice_overhead_seconds', () => new Histogram(OVERHEAD_BOUNDS))

  const countAttempt = ({ key, labels }: TargetLabels, outcome: string): void =>
    attempts.add(`${key}\n${outcome}`, () => ({ ...labels, outcome }))

  const countAttempts = (settlement: Settlement, target: TargetLabels): void => {
    const { failedAttempts = [], outcome } = settlement
    for (const failed of failedAttempts)
      countAttempt(targets.find(failed.target, false), failed.code)
    if (settlement.attempts > failedAttempts.length) countAttempt(target, outcome)
  }

  const countCall = ({ key, labels }: TargetLabels, settlement: Settlement): void => {
    const { route, lane = 'none', protocol = 'none' } = settlement
    const outcome = toOutcome(settlement.outcome)
    calls.add(`${key}\n${route}\n${lane}\n${protocol}\n${outcome}`, () => ({
      route,
      lane,
      protocol,
      ...labels,
      outcome,
    }))
  }

  const countTokens = ({ key, labels }: TargetLabels, usage: Usage): void => {
    const row = tokens.at(key, () => labels)
    for (const [at, [, field]] of KINDS.entries()) addTo(row, at, usage[field] ?? 0)
  }

  const countCache = ({ key, labels }: TargetLabels, settlement: Settlement): void => {
    const { cache: use, saved: dollars } = settlement
    if (use === undefined) return
    cacheUses.add(use, () => ({ use }))
    if (dollars) saved.add(key, () => labels, dollars)
  }

  const countError = (code: string, provider: string): void =>
    errors.add(`${code}\n${provider}`, () => ({ code, provider }))

  return {
    settle(settlement) {
      const { outcome, firstByteMs, overheadMs, lane = 'none', cache } = settlement
      const target = targets.find(settlement.target, firstByteMs !== undefined)
      const { key, labels } = target
      countCall(target, settlement)
      countAttempts(settlement, target)
      countCache(target, settlement)
      if (outcome !== 'ok') countError(outcome, labels.provider)
      // It says nothing about the target.
      if (firstByteMs !== undefined && cache !== 'hit')
        firstBytes.at(key, () => labels).note(firstByteMs)
      if (overheadMs !== undefined) overheads.at(lane, () => ({ lane })).note(overheadMs)
      if (!settlement.target) return
      countTokens(target, usageOf(settlement))
      if (settlement.cost === null) unpriced.add(key, () => labels)
      else cost.add(key, () => labels, settlement.cost)
    },
    read: () => [
      calls.read(),
      errors.read(),
      attempts.read(),
      tokens.read(toTokenSamples),
      cost.read(),
      unpriced.read(),
      cacheUses.read(),
      saved.read(),
      firstBytes.read((histogram, labels) => histogram.toSamples(labels)),
      overheads.read((histogram, labels) => histogram.toSamples(labels)),
    ],
  }
}

/** Each of them is sixteen lines. */
const MAX_HISTOGRAMS = 200

const toTokenSamples = (counts: Float64Array, labels: Labels) =>
  KINDS.flatMap(([kind], at) => {
    const value = counts[at] ?? 0
    return value > 0 || ALWAYS.has(kind) ? [{ labels: { ...labels, kind }, value }] : []
  })

const LEFT: ReadonlySet<ErrorCode> = new Set(['client_left', 'client_stalled', 'cancelled'])
const OURS: ReadonlySet<ErrorCode> = new Set(['internal', 'at_capacity', 'store_unavailable'])

/** Who ended a call: with its code, the number of rows would have no sensible bound. */
const toOutcome = (outcome: Settlement['outcome']): string => {
  if (outcome === 'ok') return outcome
  if (LEFT.has(outcome)) return 'client_left'
  if (OURS.has(outcome)) return 'server_error'
  return outcome.startsWith('upstream_') ? 'upstream_error' : 'client_error'
}
