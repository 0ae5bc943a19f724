import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { setDeadline } from '../../../src/gateway/attempts/deadline.ts'

const expired = (milliseconds: number) =>
  new Promise<number>((resolve) => {
    const startedAt = performance.now()
    setDeadline(milliseconds, () => resolve(performance.now() - startedAt))
  })

it('never expires early, also where another of its length was set before', async () => {
  const first = expired(40)
  await sleep(25)
  const second = expired(40)
  const other = expired(10)
  for (const [milliseconds, took] of [
    [40, await first],
    [40, await second],
    [10, await other],
  ] as const)
    expect(took).toBeGreaterThanOrEqual(milliseconds)
})

it('does not expire once it is cleared, and may then be neither refreshed', async () => {
  let calls = 0
  const cleared = setDeadline(10, () => calls++)
  cleared.clear()
  cleared.refresh()
  await expired(10)
  expect(calls).toBe(0)
})

it('begins anew, and lets those behind it pass', async () => {
  const order: string[] = []
  const startedAt = performance.now()
  const { promise, resolve } = Promise.withResolvers<number>()
  const refreshed = setDeadline(60, () => {
    order.push('refreshed')
    resolve(performance.now() - startedAt)
  })
  await sleep(10)
  setDeadline(60, () => order.push('second'))
  await sleep(10)
  refreshed.refresh()
  expect(await promise).toBeGreaterThanOrEqual(79)
  expect(order).toEqual(['second', 'refreshed'])
})

it('may be set from within another that expires', async () => {
  const again = await new Promise<number>((resolve) => {
    setDeadline(10, () => void expired(10).then(resolve))
  })
  expect(again).toBeGreaterThanOrEqual(10)
})
