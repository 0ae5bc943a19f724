import { expect, it } from 'vitest'
import { createRestarts, MAX_FAILED_STARTS } from '../../src/workers/restarts.ts'

const startAt = (nowMs: number) => {
  let at = nowMs
  const restarts = createRestarts(() => at)
  return { restarts, pass: (ms: number) => void (at += ms) }
}

it('replaces a worker that has served for long at once', () => {
  const { restarts, pass } = startAt(0)
  restarts.ready()
  pass(10_000)
  expect(restarts.ended()).toBe(0)
})

it('waits longer each time if workers end soon, up to five seconds, and never gives up on them', () => {
  const { restarts } = startAt(0)
  const waits = Array.from({ length: 9 }, () => {
    restarts.ready()
    return restarts.ended()
  })
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
})

it('gives up after so many that never got ready', () => {
  const { restarts } = startAt(0)
  for (let at = 1; at < MAX_FAILED_STARTS; at++) expect(restarts.ended()).toBeGreaterThan(0)
  expect(restarts.ended()).toBeUndefined()
})

it('counts anew once a worker got ready', () => {
  const { restarts } = startAt(0)
  for (let at = 1; at < MAX_FAILED_STARTS; at++) restarts.ended()
  restarts.ready()
  for (let at = 0; at < MAX_FAILED_STARTS; at++) expect(restarts.ended()).toBeGreaterThan(0)
})
