/** What a connection remembers, and how much of it. */
import { expect, it } from 'vitest'
import { createResponseMemory } from '../../../../src/server/websocket/responses/response-memory.ts'
import { addRun } from '../../../../src/server/websocket/responses/response-turn.ts'

const run = (bytes: number): Buffer => Buffer.alloc(bytes, 'x')

it('counts common parts of turns once, and removes the oldest first', () => {
  const memory = createResponseMemory(100)
  const first = run(40)
  const second = run(40)
  memory.remember('a', [first])
  memory.remember('b', [first, second])
  expect(memory.recall('a')).toEqual([first])
  memory.remember('c', [first, second, run(30)])
  expect(memory.recall('a')).toBeUndefined()
  expect(memory.recall('b')).toBeUndefined()
  // One answer larger than all that may be held is forgotten, too.
  expect(memory.recall('c')).toBeUndefined()
  memory.remember('d', [run(100)])
  expect(memory.recall('d')).toHaveLength(1)
})

it('releases the memory of an earlier response with the same id', () => {
  const memory = createResponseMemory(100)
  for (let time = 0; time < 10; time++) memory.remember('a', [run(60)])
  memory.remember('b', [run(40)])
  expect(memory.recall('a')).toBeDefined()
  expect(memory.recall('b')).toBeDefined()
})

it('holds a limited number of them', () => {
  const memory = createResponseMemory()
  for (let time = 0; time < 200; time++) memory.remember(`${time}`, [run(1)])
  expect(memory.recall('0')).toBeUndefined()
  expect(memory.recall('199')).toBeDefined()
})

it('is in few runs, however many turns there were', () => {
  let runs: readonly Buffer[] = []
  for (let turn = 0; turn < 5000; turn++) runs = addRun(runs, Buffer.from(`{"n":${turn}}`))
  expect(runs.length).toBeLessThan(20)
  const items = Array.from({ length: 5000 }, (_, n) => ({ n }))
  expect(JSON.parse(`[${runs.join(',')}]`)).toEqual(items)
  // A turn that brings nothing adds nothing.
  expect(addRun([Buffer.from('1')], Buffer.alloc(0)).join(',')).toBe('1')
})
