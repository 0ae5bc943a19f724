/** Writes metrics in the formats of Prometheus. prom-client is loaded for the first scrape. */
import type { Metric, RegistryContentType } from 'prom-client'
import { FAMILIES, type Reading } from './families.ts'
import type { MetricsFormat } from './formats.ts'
import type { Snapshot } from './snapshot.ts'

export interface Exposition {
  readonly contentType: string
  readonly text: string
}

export const expose = async (
  snapshots: readonly Snapshot[],
  format: MetricsFormat,
): Promise<Exposition> => {
  const { Registry } = await import('prom-client')
  const contentType =
    format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE
  // A registry of its own for every scrape: it changes the names of counters for OpenMetrics.
  const registry = new Registry<RegistryContentType>()
  registry.setContentType(contentType)
  for (const snapshot of snapshots) registry.registerMetric(toMetric(snapshot))
  return { contentType, text: await registry.metrics() }
}

export const toSnapshot = ({ name, samples }: Reading): Snapshot => {
  const { type, help } = FAMILIES[name]
  return {
    name,
    type,
    help,
    values: samples.map(({ suffix, ...sample }) =>
      suffix === undefined ? sample : { ...sample, metricName: `${name}${suffix}` },
    ),
  }
}

/**
 * The counts are ours, in arrays: a metric of prom-client makes a text of all labels for every observation, and takes no
 * finished buckets. A registry asks a metric for no more than this.
 */
const toMetric = (snapshot: Snapshot): Metric => {
  const metric = { ...snapshot, get: async () => metric }
  return metric as unknown as Metric
}
