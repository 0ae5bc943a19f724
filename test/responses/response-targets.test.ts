/** Who keeps a relayed response is known for an hour, to the caller it was given to. */
import { expect, it } from 'vitest'
import { createResponseHomes, type Home } from '../../src/responses/response-targets.ts'
import { createMemoryAccount } from '#access'
import { demo } from '#providers'

const home: Home = { target: { provider: demo(), model: 'echo' }, counted: true }
const ADA = { id: 'ada' }
const BOB = { id: 'bob' }

it('is found by its caller only', () => {
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

it('stays known while it is used, even beyond its lifetime', () => {
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

it('of one caller is not pushed out by the many of another', () => {
  const homes = createResponseHomes({ maxIds: 10 })
  homes.note(ADA, 'resp_ada', { ...home })
  for (let count = 0; count < 100; count++) homes.note(BOB, `resp_${count}`, { ...home })
  expect(homes.find(ADA, 'resp_ada')).toBeDefined()
  const kept = Array.from({ length: 100 }, (_, at) => at).filter((at) =>
    homes.find(BOB, `resp_${at}`),
  )
  expect(kept).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99])
})

it('is not pushed out by a caller that divides its own among many users', () => {
  const homes = createResponseHomes({ maxIds: 10 })
  for (const id of ['resp_1', 'resp_2', 'resp_3']) homes.note(ADA, id, { ...home })
  for (let count = 0; count < 100; count++)
    homes.note({ ...BOB, userId: `user-${count}` }, `resp_${count}`, { ...home })
  expect(homes.find(ADA, 'resp_1')).toBeDefined()
  expect(homes.find({ ...BOB, userId: 'user-99' }, 'resp_99')).toBeDefined()
})

it('is one object for all its users, so that its usage is counted once', () => {
  const homes = createResponseHomes()
  const first = homes.note(ADA, 'resp_1', { ...home, counted: false })
  first.counted = true
  expect(homes.note(ADA, 'resp_1', { ...home, counted: false })).toBe(first)
  expect(homes.note(BOB, 'resp_1', { ...home, counted: false })).not.toBe(first)
})

it('is counted in the memory of its caller, and makes room for calls', () => {
  const memory = createMemoryAccount({ maxBytes: 10_000, shared: true })
  const homes = createResponseHomes({ memory })
  for (let count = 0; count < 100; count++) homes.note(ADA, `resp_${count}`, { ...home })
  expect(memory.heldBytes).toBeGreaterThan(1000)
  expect(memory.heldBytes).toBeLessThanOrEqual(5000)
  expect(homes.find(ADA, 'resp_99')).toBeDefined()
  memory.hold(ADA, 4900)
  expect(homes.find(ADA, 'resp_99')).toBeUndefined()
  expect(memory.heldBytes).toBe(4900)
})

it('is removed for newer ones, and has no invalid id', () => {
  const homes = createResponseHomes({ maxIds: 2 })
  for (const id of ['resp_1', 'resp_2', 'resp_3', `resp_${'x'.repeat(300)}`])
    homes.note(ADA, id, home)
  expect(homes.find(ADA, 'resp_1')).toBeUndefined()
  expect(homes.find(ADA, 'resp_2')).toBe(home)
  expect(homes.find(ADA, 'resp_3')).toBe(home)
  expect(homes.find(ADA, `resp_${'x'.repeat(300)}`)).toBeUndefined()
})
