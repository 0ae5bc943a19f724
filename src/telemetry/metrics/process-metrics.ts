/** The metrics of the process: those of prom-client, except for what costs more than it says. */
import type { Registry } from 'prom-client'
import { toBound } from './counts/histogram.ts'
import type { Snapshot } from './snapshot.ts'

/** They list every socket of the process, or are about V8's inner spaces. */
const LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'nodejs_heap_space_size_total_bytes',
  'nodejs_heap_space_size_used_bytes',
  'nodejs_heap_space_size_available_bytes',
  'nodejs_eventloop_lag_min_seconds',
  'nodejs_eventloop_lag_stddev_seconds',
]

/** It looks at the event loop that often: a timer that is seldom enough to cost nothing. */
const LOOK_EVERY_MS = 20

/** One for the process, whose lag and collections it watches from the first scrape on. */
let watching: Promise<Registry> | undefined

const watch = async (): Promise<Registry> => {
  const { collectDefaultMetrics, Registry: Made } = await import('prom-client')
  const registry = new Made()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOK_EVERY_MS })
  for (const name of LEFT_OUT) registry.removeSingleMetric(name)
  return registry
}

export const snapshotsOfProcess = async (): Promise<readonly Snapshot[]> => {
  const metrics = await (await (watching ??= watch())).getMetricsAsJSON()
  return metrics.map(({ name, help, type, values }) => ({
    name,
    help,
    type: String(type),
    values: values.filter(isNumber).map(toValue),
  }))
}

interface Value {
  readonly value: number
  readonly labels: Partial<Record<string, string | number>>
  readonly metricName?: string
}

/** What was not observed yet is no number. */
const isNumber = ({ value }: Value): boolean => Number.isFinite(value)

const toValue = ({ value, labels, metricName }: Value): Snapshot['values'][number] => ({
  labels: toLabels(labels),
  value,
  ...(metricName === undefined ? {} : { metricName }),
})

const toLabels = (labels: Value['labels']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      name,
      typeof value === 'number' && name === 'le' ? toBound(value) : String(value),
    ]),
  )
