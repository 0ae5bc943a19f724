/** The settings of the router. */
import type { AppOptions } from '#app'
import { type AliasOptions, DEFAULT_BREAKER } from '#router'
import type { FileSettings } from '../schema/index.ts'
import { withoutUndefined } from '../without-undefined.ts'

type AliasSetting = NonNullable<FileSettings['aliases']>[string]

export const toAlias = (name: string, setting: AliasSetting): AliasOptions => {
  if (typeof setting === 'string') return { name, targets: [setting] }
  if (Array.isArray(setting)) return { name, targets: setting }
  const { strategy, targets, affinity, hedge_after_ms: hedgeAfterMs } = setting
  const members = targets.map((each) => (typeof each === 'string' ? { target: each } : each))
  return {
    name,
    targets: members.map(({ target }) => target),
    strategy,
    ...(hedgeAfterMs !== undefined && { hedgeAfterMs }),
    ...(strategy === 'weighted' && { weights: members.map(({ weight = 1 }) => weight) }),
    ...(affinity === false && { affinity }),
  }
}

/** Undefined: as by default. */
export const toBreaker = (setting: FileSettings['breaker']): AppOptions['breaker'] => {
  if (setting === false) return false
  if (typeof setting !== 'object') return undefined
  const { failures, ratio, window_ms: windowMs, rest_ms: restMs } = setting
  return { ...DEFAULT_BREAKER, ...withoutUndefined({ failures, ratio, windowMs, restMs }) }
}
