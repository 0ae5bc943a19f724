import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../src/telemetry/metrics/counts/histogram.ts'
import { startCounting } from '../../tools/growth/allocated.ts'

describe('a histogram', () => {
  it('counts a note in every bucket that it fits into, in seconds', () => {
    const histogram = new Histogram([1, 10, 1_000])
    for (const milliseconds of [0, 1, 1.5, 10, 999, 1_000, 1_001]) histogram.note(milliseconds)
    const samples = histogram.toSamples({ lane: 'relay' })
    expect(samples.map(({ suffix, labels, value }) => [suffix, labels.le, value])).toEqual([
      ['_bucket', '0.001', 2],
      ['_bucket', '0.01', 4],
      ['_bucket', '1.0', 6],
      ['_bucket', '+Inf', 7],
      ['_sum', undefined, expect.closeTo(3.0125, 9)],
      ['_count', undefined, 7],
    ])
    expect(samples.every(({ labels }) => labels.lane === 'relay')).toBe(true)
  })

  it('allocates nothing for a note', () => {
    const histogram = new Histogram([1, 10, 100])
    const note = (count: number): void => {
      for (let at = 0; at < count; at++) histogram.note((at % 200) + 0.5)
    }
    note(100_000)
    const stop = startCounting()
    note(1_000_000)
    // A boxed number for each note would be 12 MB. Other tests of this worker leave something, too.
    expect(stop()).toBeLessThan(4_000_000)
  })
})
