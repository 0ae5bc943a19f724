import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createPatience, TooLate } from '../../../src/stores/live/patience.ts'

describe('patience', () => {
  it('passes on what arrives in time, failures included', async () => {
    const patience = createPatience(10_000)
    expect(await patience.within(Promise.resolve('answer'))).toBe('answer')
    await expect(patience.within(Promise.reject(new Error('refused')))).rejects.toThrow('refused')
  })

  it('ends for all questions with that of the oldest: they wait behind it', async () => {
    const patience = createPatience(60)
    const never = new Promise<never>(() => undefined)
    const first = patience.within(never)
    await sleep(30)
    const second = patience.within(never)
    await expect(first).rejects.toBeInstanceOf(TooLate)
    const sooner = await Promise.race([second.catch(() => 'ended'), sleep(0, 'waits')])
    expect(sooner).toBe('ended')
  })

  it('gives later questions their own time', async () => {
    const patience = createPatience(50)
    await expect(patience.within(new Promise(() => undefined))).rejects.toBeInstanceOf(TooLate)
    expect(await patience.within(sleep(5, 'answer'))).toBe('answer')
    await expect(patience.within(new Promise(() => undefined))).rejects.toBeInstanceOf(TooLate)
  })

  it('does not count the time in which this process could not hear', async () => {
    const patience = createPatience(100)
    const answer = patience.within(sleep(330, 'answer'))
    const end = performance.now() + 300
    while (performance.now() < end) continue
    expect(await answer).toBe('answer')
  })

  it('hands over an answer that arrives too late', async () => {
    const patience = createPatience(20)
    const late = Promise.withResolvers<string>()
    const answer = sleep(200, 'late')
    await expect(patience.within(answer, late.resolve)).rejects.toBeInstanceOf(TooLate)
    expect(await late.promise).toBe('late')
  })

  it('ignores a failure that arrives too late', async () => {
    const patience = createPatience(20)
    const failure = sleep(60).then(() => Promise.reject(new Error('late')))
    await expect(patience.within(failure)).rejects.toBeInstanceOf(TooLate)
    await sleep(100)
  })
})
