import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { StreamPace } from '../../../src/gateway/record/stream-pace.ts'
import { Histogram } from '../../../src/telemetry/metrics/counts/histogram.ts'
import { startCounting } from '../../tools/growth/allocated.ts'

it('notes the gaps between pieces, and none before the first or over a pause of the client', async () => {
  const gaps: number[] = []
  const pace = new StreamPace({ note: (milliseconds) => void gaps.push(milliseconds) })
  pace.progressed(performance.now())
  expect(gaps).toEqual([])
  await sleep(20)
  pace.progressed(performance.now())
  expect(gaps).toEqual([expect.toSatisfy((gap: number) => gap >= 19)])
  await sleep(20)
  pace.resumed()
  pace.progressed(performance.now())
  expect(gaps.length).toBe(1)
  pace.progressed(performance.now())
  expect(gaps.length).toBe(2)
})

it('allocates nothing for a piece', () => {
  const pace = new StreamPace(new Histogram([1, 10, 100]))
  const progress = (count: number): void => {
    for (let at = 0; at < count; at++) pace.progressed(performance.now())
  }
  progress(200_000)
  const stop = startCounting()
  progress(1_000_000)
  expect(stop()).toBeLessThan(1_000_000)
})
