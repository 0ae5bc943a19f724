/** What admitted a stream or a socket is asked again after a reload. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import type { Caller } from '#access'
import { GatewayError } from '#model'
import type { Serving } from '#server'
import { createAdmissions } from '../../../src/server/serving/admissions.ts'
import { eventually } from '../../tools/app/within.ts'

afterEach(() => void vi.useRealTimers())

const ANN: Caller = { id: 'ann' }

const newServing = (): Serving => ({}) as Serving

const refusal = () => new GatewayError('unauthenticated', 'No.')

const start = () => {
  let current = newServing()
  const admissions = createAdmissions(() => current)
  return {
    admissions,
    current: () => current,
    reload: () => {
      current = newServing()
      admissions.renew()
    },
  }
}

it('ends all that are refused, however many there are', async () => {
  const { admissions, current, reload } = start()
  let ended = 0
  for (let at = 0; at < 1_050; at++)
    admissions.watch(
      { caller: ANN, serving: current() },
      {
        admit() {
          if (at % 2 === 0) throw refusal()
          return ANN
        },
        end: () => void ended++,
      },
    )
  reload()
  await eventually('half of them end', () => ended === 525)
  await sleep(50)
  expect(ended).toBe(525)
})

it('ends one that would be admitted as somebody else', async () => {
  const { admissions, current, reload } = start()
  const errors: GatewayError[] = []
  admissions.watch(
    { caller: ANN, serving: current() },
    { admit: () => ({ id: 'ben' }), end: (error) => void errors.push(error) },
  )
  reload()
  await eventually('it ends', () => errors.length > 0)
  expect(errors[0]).toMatchObject({ code: 'unauthenticated', vendorCode: 'credential_expired' })
})

it('lets one continue whose issuer cannot be asked, and asks again', async () => {
  const { admissions, current, reload } = start()
  const renewed: unknown[] = []
  let asked = 0
  let ended = false
  admissions.watch(
    { caller: ANN, serving: current() },
    {
      async admit() {
        asked++
        throw asked === 1 ? new GatewayError('at_capacity', 'Try again.') : refusal()
      },
      end: () => void (ended = true),
      renewed: ({ serving }) => void renewed.push(serving),
    },
  )
  reload()
  await eventually('it is asked', () => asked === 1)
  await sleep(50)
  expect(ended).toBe(false)
  expect(renewed).toEqual([current()])
  await eventually('it is asked again', () => ended)
})

it('does not ask for one that has stopped, nor for an earlier configuration', async () => {
  const { admissions, current, reload } = start()
  const asked: Serving[] = []
  const watched = {
    admit(serving: Serving) {
      asked.push(serving)
      return ANN
    },
    end: () => undefined,
  }
  const stop = admissions.watch({ caller: ANN, serving: current() }, watched)
  stop()
  reload()
  await sleep(50)
  expect(asked).toEqual([])
  admissions.watch({ caller: ANN, serving: newServing() }, watched)
  await sleep(50)
  expect(asked).toEqual([current()])
})

it('follows the end of the key as it is now', async () => {
  const { admissions, current, reload } = start()
  let ended = 0
  admissions.watch(
    { caller: { ...ANN, expiresAtMs: Date.now() + 300 }, serving: current() },
    { admit: () => ({ ...ANN, expiresAtMs: Date.now() + 1_200 }), end: () => void ended++ },
  )
  reload()
  await sleep(700)
  expect(ended).toBe(0)
  await eventually('it ends', () => ended === 1)
})

const CHECK_MS = 5_000

it('notices within five seconds that the clock of the machine was set', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  const { admissions, current } = start()
  const errors: GatewayError[] = []
  const watched = { admit: () => ANN, end: (error: GatewayError) => void errors.push(error) }
  const caller = { ...ANN, expiresAtMs: Date.now() + 3_600_000 }
  admissions.watch({ caller, serving: current() }, watched)
  await vi.advanceTimersByTimeAsync(CHECK_MS)
  expect(errors).toEqual([])
  const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 4_000_000)
  await vi.advanceTimersByTimeAsync(CHECK_MS)
  now.mockRestore()
  expect(errors).toMatchObject([{ code: 'unauthenticated', vendorCode: 'credential_expired' }])
})

it('asks again within five seconds for all when the issuer has changed its keys, and not before', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  let keys: object | undefined = {}
  const serving = {
    tokenKeys: async () => keys ?? Promise.reject(new Error('no answer')),
  } as unknown as Serving
  const admissions = createAdmissions(() => serving)
  let isWithdrawn = false
  let asked = 0
  const ended: string[] = []
  for (const name of ['one', 'other'])
    admissions.watch(
      { caller: ANN, serving },
      {
        async admit() {
          asked++
          if (isWithdrawn) throw refusal()
          return ANN
        },
        end: () => void ended.push(name),
      },
    )
  // Nobody knows by which keys they were verified.
  await vi.advanceTimersByTimeAsync(CHECK_MS)
  expect(asked).toBe(2)
  await vi.advanceTimersByTimeAsync(4 * CHECK_MS)
  expect(asked).toBe(2)
  isWithdrawn = true
  keys = undefined
  await vi.advanceTimersByTimeAsync(CHECK_MS)
  expect(ended).toEqual([])
  keys = {}
  await vi.advanceTimersByTimeAsync(CHECK_MS)
  expect(ended).toEqual(['one', 'other'])
  expect(vi.getTimerCount()).toBe(0)
})

it('has one timer for all, and none for nobody', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  const { admissions, current } = start()
  const watched = { admit: () => ANN, end: () => undefined }
  const stops = Array.from({ length: 50 }, () =>
    admissions.watch({ caller: ANN, serving: current() }, watched),
  )
  expect(vi.getTimerCount()).toBe(1)
  for (const stop of stops) stop()
  expect(vi.getTimerCount()).toBe(0)
})
