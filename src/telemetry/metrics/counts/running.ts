/** Measures calls and streams while they run. */
import type { Meter } from '#model'
import type { Reading } from '../families.ts'
import { GAP_BOUNDS, Histogram } from './histogram.ts'
import { createRows } from './rows.ts'

export interface Running extends Meter {
  read(): readonly Reading[]
}

/** @param toLabel the label of a provider. */
export const createRunning = (toLabel: (provider: string) => string): Running => {
  const gaps = createRows('sluice_chunk_gap_seconds', () => new Histogram(GAP_BOUNDS))
  let calls = 0
  let streams = 0
  return {
    begin: () => void calls++,
    end: () => void calls--,
    open(name) {
      streams++
      const provider = toLabel(name)
      return gaps.at(provider, () => ({ provider }))
    },
    close: () => void streams--,
    read: () => [
      gaps.read((histogram, labels) => histogram.toSamples(labels)),
      { name: 'sluice_calls_in_progress', samples: [{ labels: {}, value: calls }] },
      { name: 'sluice_streams_in_progress', samples: [{ labels: {}, value: streams }] },
    ],
  }
}
