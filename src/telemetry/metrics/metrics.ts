/** Metrics: what is counted of calls, and how a scraper reads it. */
import type { ErrorCode, Meter, SettledTarget, Settler } from '#model'
import type { Backends } from '../backends.ts'
import { toBackendReadings } from './backend-readings.ts'
import { createCallCounts } from './counts/call-counts.ts'
import { expose, type Exposition } from './exposition.ts'
import type { Reading } from './families.ts'
import { type MetricsPart, toSnapshots } from './parts.ts'
import { snapshotsOfProcess } from './process-metrics.ts'
import type { MetricsFormat } from './formats.ts'
import { Histogram, STORE_BOUNDS } from './counts/histogram.ts'
import { createCounts } from './counts/rows.ts'
import { createRunning } from './counts/running.ts'
import { createTargetLabels, type TargetLabelOptions } from './counts/target-labels.ts'

export interface MetricsOptions extends TargetLabelOptions {
  /** Read when somebody asks for the metrics. */
  readonly backends: () => Backends
  readonly open: () => Open
  readonly config: () => ConfigFacts
  /** Reads those of all workers, this one included. Absent: there is one process only. */
  readonly gather?: (() => Promise<readonly MetricsPart[]>) | undefined
}

/** Which configuration the process uses. */
export interface ConfigFacts {
  /** 1 after the start. */
  readonly generation: number
  /** In Unix time. */
  readonly loadedAtMs: number
  /** How many were not loaded because of a fault. */
  readonly refusals: number
}

/** What clients have open besides calls. */
interface Open {
  readonly sockets: number
  readonly backgroundRuns: number
}

export interface Metrics {
  /** Counts the calls that have ended. */
  readonly settle: Settler
  readonly meter: Meter
  /** Counts a request that was refused before it was a call. */
  refused(code: ErrorCode): void
  /** Notes how long a call waited for the live store. */
  waitedForStore(milliseconds: number): void
  /** These targets have labels of their own from now on. */
  know(targets: readonly SettledTarget[]): void
  /** Those of this process. */
  read(): Promise<MetricsPart>
  /** Those of all processes. */
  write(format: MetricsFormat): Promise<Exposition>
}

export const createMetrics = ({
  backends,
  open,
  config,
  gather,
  ...options
}: MetricsOptions): Metrics => {
  const targets = createTargetLabels(options)
  const counts = createCallCounts(targets)
  const running = createRunning(targets.ofProvider)
  const refusals = createCounts('sluice_refusals_total')
  const store = new Histogram(STORE_BOUNDS)

  const read = async (): Promise<MetricsPart> => ({
    readings: [
      ...counts.read(),
      ...running.read(),
      refusals.read(),
      { name: 'sluice_live_store_seconds', samples: store.toSamples({}) },
      ...toOpenReadings(open()),
      ...toConfigReadings(config()),
      ...toBackendReadings(backends()),
    ],
    process: await snapshotsOfProcess(),
  })

  return {
    settle: counts.settle,
    meter: running,
    refused: (code) => refusals.add(code, () => ({ code })),
    waitedForStore: (milliseconds) => store.note(milliseconds),
    know: targets.know,
    read,
    async write(format) {
      // Each process can answer for itself.
      const parts = (await gather?.().catch(() => undefined)) ?? [await read()]
      return expose(toSnapshots(parts), format)
    },
  }
}

const toOpenReadings = ({ sockets, backgroundRuns }: Open): readonly Reading[] => [
  { name: 'sluice_sockets_open', samples: [{ labels: {}, value: sockets }] },
  {
    name: 'sluice_background_runs_in_progress',
    samples: [{ labels: {}, value: backgroundRuns }],
  },
]

const toConfigReadings = (facts: ConfigFacts): readonly Reading[] => [
  { name: 'sluice_config_generation', samples: [{ labels: {}, value: facts.generation }] },
  {
    name: 'sluice_config_loaded_timestamp_seconds',
    samples: [{ labels: {}, value: facts.loadedAtMs / 1000 }],
  },
  { name: 'sluice_config_refusals_total', samples: [{ labels: {}, value: facts.refusals }] },
]
