/** Who keeps a relayed response is known for an hour, to the caller it was given to. */
import { expect, it } from 'vitest'
import { createResponseHomes, type Home } from '../../src/gateway/response-homes.ts'
import { demo } from '#providers'

const home: Home = { target: { provider: demo(), model: 'echo' }, counted: true }
const ADA = { id: 'ada' }
const BOB = { id: 'bob' }

it('is found by its caller alone', () => {
  const homes = createResponseHomes()
  homes.note(ADA, 'resp_1', home)
  expect(homes.find(ADA, 'resp_1')).toBe(home)
  expect(homes.find(BOB, 'resp_1')).toBeUndefined()
  expect(homes.isAnothers(BOB, 'resp_1')).toBe(true)
  expect(homes.isAnothers(ADA, 'resp_1')).toBe(false)
  expect(homes.isAnothers(BOB, 'resp_2')).toBe(false)
})

it('is forgotten when it is deleted, and after its time', () => {
  let nowMs = 0
  const homes = createResponseHomes({ keepMs: 1000, now: () => nowMs })
  homes.note(ADA, 'resp_1', home)
  homes.note(ADA, 'resp_2', home)
  homes.forget(ADA, 'resp_1')
  expect(homes.find(ADA, 'resp_1')).toBeUndefined()
  expect(homes.find(ADA, 'resp_2')).toBe(home)
  nowMs = 1000
  expect(homes.find(ADA, 'resp_2')).toBeUndefined()
  expect(homes.isAnothers(BOB, 'resp_2')).toBe(false)
})

it('is known for as long as it is come back to: its answer may take longer than the time', () => {
  let nowMs = 0
  const homes = createResponseHomes({ keepMs: 1000, now: () => nowMs })
  homes.note(ADA, 'resp_1', home)
  nowMs = 900
  homes.find(BOB, 'resp_1')
  expect(homes.find(ADA, 'resp_1')).toBe(home)
  nowMs = 1800
  expect(homes.find(ADA, 'resp_1')).toBe(home)
  nowMs = 2700
  homes.find(BOB, 'resp_1')
  homes.isAnothers(BOB, 'resp_1')
  nowMs = 2800
  expect(homes.find(ADA, 'resp_1')).toBeUndefined()
})

it('gives way to newer ones, and holds no id that is none', () => {
  const homes = createResponseHomes({ maxIds: 2 })
  for (const id of ['resp_1', 'resp_2', 'resp_3', `resp_${'x'.repeat(300)}`])
    homes.note(ADA, id, home)
  expect(homes.find(ADA, 'resp_1')).toBeUndefined()
  expect(homes.find(ADA, 'resp_2')).toBe(home)
  expect(homes.find(ADA, 'resp_3')).toBe(home)
  expect(homes.find(ADA, `resp_${'x'.repeat(300)}`)).toBeUndefined()
})
