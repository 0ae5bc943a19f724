/** The metrics of several processes as one. */
import { describe, expect, it } from 'vitest'
import type { FamilyName, Labels } from '../../../src/telemetry/metrics/families.ts'
import { sumReadings, toLasting, toSnapshots } from '../../../src/telemetry/metrics/parts.ts'

const reading = (name: FamilyName, value: number, labels: Labels = {}, suffix?: string) => ({
  name,
  samples: [{ labels, value, ...(suffix === undefined ? {} : { suffix }) }],
})

describe('the metrics of several processes', () => {
  it('are summed by family, labels and bucket', () => {
    const bucket = { lane: 'relay', le: '1.0' }
    const first = [
      reading('sluice_calls_total', 1, { outcome: 'ok' }),
      reading('sluice_overhead_seconds', 3, bucket, '_bucket'),
      reading('sluice_streams_in_progress', 2),
    ]
    const second = [
      reading('sluice_calls_total', 5, { outcome: 'client_error' }),
      reading('sluice_calls_total', 10, { outcome: 'ok' }),
      reading('sluice_overhead_seconds', 4, bucket, '_bucket'),
      reading('sluice_overhead_seconds', 9, { lane: 'relay' }, '_count'),
      reading('sluice_streams_in_progress', 1),
    ]
    expect(sumReadings([first, second])).toEqual([
      {
        name: 'sluice_calls_total',
        samples: [
          { labels: { outcome: 'ok' }, value: 11 },
          { labels: { outcome: 'client_error' }, value: 5 },
        ],
      },
      {
        name: 'sluice_overhead_seconds',
        samples: [
          { labels: bucket, value: 7, suffix: '_bucket' },
          { labels: { lane: 'relay' }, value: 9, suffix: '_count' },
        ],
      },
      { name: 'sluice_streams_in_progress', samples: [{ labels: {}, value: 3 }] },
    ])
  })

  it('say that something is up only if every process finds it so', () => {
    const labels = { provider: 'openai' }
    const all = [1, 0, 1].map((value) => [reading('sluice_provider_up', value, labels)])
    expect(sumReadings(all)).toEqual([reading('sluice_provider_up', 0, labels)])
  })

  it('say which configuration is the latest', () => {
    for (const name of [
      'sluice_config_generation',
      'sluice_config_loaded_timestamp_seconds',
    ] as const)
      expect(sumReadings([2, 3, 1].map((value) => [reading(name, value)]))).toEqual([
        reading(name, 3),
      ])
  })

  it('keep what a process counted that is gone, and not what it had', () => {
    const readings = [
      reading('sluice_calls_total', 1),
      reading('sluice_chunk_gap_seconds', 1, {}, '_count'),
      reading('sluice_streams_in_progress', 1),
    ]
    expect(toLasting(readings).map(({ name }) => name)).toEqual([
      'sluice_calls_total',
      'sluice_chunk_gap_seconds',
    ])
  })

  it('have the number of the worker where they describe a process', () => {
    const metric = { name: 'process_open_fds', help: 'h', type: 'gauge' }
    const part = (worker: string | undefined, value: number) => ({
      ...(worker === undefined ? {} : { worker }),
      readings: [],
      process: [{ ...metric, values: [{ labels: {}, value }] }],
    })
    const labelled = [
      { labels: { worker: '1' }, value: 7 },
      { labels: { worker: '2' }, value: 8 },
    ]
    expect(toSnapshots([part('1', 7), part('2', 8)])).toEqual([{ ...metric, values: labelled }])
    const alone = [{ ...metric, values: [{ labels: {}, value: 7 }] }]
    expect(toSnapshots([part(undefined, 7)])).toEqual(alone)
  })
})
