/** The metrics of one process, and those of several as one. */
import { toSnapshot } from './exposition.ts'
import { FAMILIES, type FamilyName, type Reading, type Sample } from './families.ts'
import type { Snapshot } from './snapshot.ts'

/** What one process counts. It can be sent to another as JSON. */
export interface MetricsPart {
  /** Absent if there is one process only. */
  readonly worker?: string
  readonly readings: readonly Reading[]
  readonly process: readonly Snapshot[]
}

/** Counts are summed. What describes a process has its number as a label. */
export const toSnapshots = (parts: readonly MetricsPart[]): readonly Snapshot[] => [
  ...sumReadings(parts.map(({ readings }) => readings)).map(toSnapshot),
  ...joinProcesses(parts),
]

/** What remains of a process that is gone: otherwise counters would fall. */
export const toLasting = (readings: readonly Reading[]): readonly Reading[] =>
  readings.filter(({ name }) => FAMILIES[name].type !== 'gauge')

export const sumReadings = (all: readonly (readonly Reading[])[]): readonly Reading[] => {
  if (all.length === 1) return all[0] ?? []
  const families = new Map<FamilyName, Map<string, Sample>>()
  for (const { name, samples } of all.flat()) {
    const sums = families.get(name) ?? new Map<string, Sample>()
    families.set(name, sums)
    for (const sample of samples) {
      const key = JSON.stringify([sample.suffix, sample.labels])
      const sum = sums.get(key)
      sums.set(key, sum ? { ...sum, value: combine(name, sum.value, sample.value) } : sample)
    }
  }
  return [...families].map(([name, sums]) => ({ name, samples: [...sums.values()] }))
}

/** They say which configuration is the latest. */
const LATEST: ReadonlySet<FamilyName> = new Set([
  'sluice_config_generation',
  'sluice_config_loaded_timestamp_seconds',
])

const combine = (name: FamilyName, a: number, b: number): number => {
  // Something is up if every process finds it so.
  if (name.endsWith('_up')) return Math.min(a, b)
  return LATEST.has(name) ? Math.max(a, b) : a + b
}

const joinProcesses = (parts: readonly MetricsPart[]): readonly Snapshot[] => {
  const metrics = new Map<string, Snapshot>()
  for (const { worker, process } of parts)
    for (const metric of process) {
      const values = metric.values.map((value) =>
        worker === undefined ? value : { ...value, labels: { ...value.labels, worker } },
      )
      const known = metrics.get(metric.name)
      metrics.set(metric.name, { ...metric, values: [...(known?.values ?? []), ...values] })
    }
  return [...metrics.values()]
}
