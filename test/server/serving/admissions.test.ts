/** What admitted a stream or a socket is asked again after a reload. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Caller } from '#access'
import { GatewayError } from '#model'
import type { Serving } from '#server'
import { createAdmissions } from '../../../src/server/serving/admissions.ts'
import { eventually } from '../../tools/app/within.ts'

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
