/** Makes the row of a call. Texts of others are redacted, and cut so that they fit into an index. */
import { PICODOLLARS, type Settlement, usageOf } from '#model'
import type { LedgerTable } from '#stores'
import {
  createName,
  createText,
  type Redact,
  toCallerId,
  type ToText,
} from '../../rows/row-texts.ts'

/** The fields of a row are in the order of `COLUMNS`. */
export type ToRow = (settlement: Settlement, id: string) => LedgerTable

export const createToRow = (redact: Redact): ToRow => {
  const name = (maxCharacters: number): ToText => createName(redact, maxCharacters)
  const toAnswerId = createText(redact, 256)
  const toKeyName = name(128)
  const toOwner = name(256)
  const toModel = name(256)
  const toProvider = name(128)
  const toTargetModel = name(256)
  const toTier = name(64)
  const toTags = name(4096)
  return (settlement, id) => {
    const usage = usageOf(settlement)
    const { requestId, route, model, target, outcome, attempts, tags, cache, saved } = settlement
    return {
      id,
      ended_at: Math.round(settlement.endedAtMs),
      request_id: toAnswerId(settlement.answerId) ?? requestId,
      log_request_id: requestId,
      caller_id: toCallerId(settlement.callerId),
      key_name: toKeyName(settlement.callerName),
      owner: toOwner(settlement.owner),
      route: route.slice(0, 256),
      model: toModel(model),
      provider: toProvider(target?.provider),
      target_model: toTargetModel(target?.model),
      service_tier: toTier(usage.serviceTier),
      input_tokens: toCount(usage.inputTokens),
      cache_read_tokens: toCount(usage.cacheReadTokens),
      cache_write_tokens: toCount(usage.cacheWriteTokens),
      cache_write_1h_tokens: toCount(usage.cacheWrite1hTokens),
      output_tokens: toCount(usage.outputTokens),
      reasoning_tokens: toCount(usage.reasoningTokens),
      audio_input_tokens: toCount(usage.audioInputTokens),
      audio_cache_read_tokens: toCount(usage.audioCacheReadTokens),
      audio_output_tokens: toCount(usage.audioOutputTokens),
      image_input_tokens: toCount(usage.imageInputTokens),
      image_cache_read_tokens: toCount(usage.imageCacheReadTokens),
      image_output_tokens: toCount(usage.imageOutputTokens),
      estimated: usage.estimated ? 1 : 0,
      cost_pico: toPico(settlement.cost),
      outcome,
      attempts,
      first_byte_ms: toTenths(settlement.firstByteMs),
      duration_ms: toTenths(settlement.durationMs) ?? 0,
      tags: toTags(tags),
      cache: cache ?? null,
      saved_pico: toPico(saved ?? null),
    }
  }
}

/** The counts of upstreams are not bounded, and sums must be exact. */
const MAX_COUNT = 1e12

const toCount = (count = 0): number =>
  Number.isFinite(count) ? Math.min(Math.max(Math.round(count), 0), MAX_COUNT) : 0

const toPico = (cost: number | null): number | null =>
  cost === null || !Number.isFinite(cost)
    ? null
    : Math.min(Math.round(Math.max(cost, 0) * PICODOLLARS), Number.MAX_SAFE_INTEGER)

const toTenths = (milliseconds: number | undefined): number | null =>
  milliseconds === undefined ? null : Math.round(milliseconds * 10) / 10
