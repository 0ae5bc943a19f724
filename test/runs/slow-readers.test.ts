/** A reader that is slow gets text joined, and is sent away if it does not read. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { createEventLog } from '#runs'
import { appendAll, follow, LETTERS } from '../tools/runs/readers.ts'

const SLOW = { maxEvents: 8, maxBytes: 1_000_000, forMs: 5_000 }

const useFakeTimers = () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

it('gets text joined, with the numbers it covers, if half of what may wait for it does', () => {
  const log = createEventLog({ ...LETTERS, slow: SLOW })
  const full = follow(log, 0, 1)
  const quick = follow(log, 0)
  appendAll(log, ['a', 'b', 'c', '\n', 'd', 'e'])
  full.takes = Infinity
  full.following?.resume()
  expect(full.got.slice(1)).toEqual(['2-3 bc, 4-4 \n, 5-6 de'])
  expect(full.following?.seq).toBe(6)
  expect(quick.got).toHaveLength(6)
  log.append('f')
  expect(full.got.at(-1)).toBe('7-7 f')
})

it('gets single events if less than half waits', () => {
  const log = createEventLog({ ...LETTERS, slow: SLOW })
  const reader = follow(log, 0, 1)
  appendAll(log, 'abcd')
  reader.following?.resume()
  expect(reader.got.slice(1)).toEqual(['2-2 b, 3-3 c, 4-4 d'])
})

it('is judged by bytes as well', () => {
  const log = createEventLog({ ...LETTERS, slow: { ...SLOW, maxBytes: 20 } })
  const reader = follow(log, 0, 1)
  appendAll(log, ['a', '12345', '67890'])
  reader.following?.resume()
  expect(reader.got.slice(1)).toEqual(['2-3 1234567890'])
})

it('gets a long text joined in parts', () => {
  const log = createEventLog({ ...LETTERS, slow: SLOW })
  for (let count = 0; count < 100; count++) log.append('x'.repeat(1024))
  const reader = follow(log, 0)
  expect(reader.got.map((text) => text.split(' ')[0])).toEqual(['1-64', '65-100'])
})

it('ends if it takes nothing for a time while more waits than may', () => {
  useFakeTimers()
  const log = createEventLog({ ...LETTERS, slow: SLOW })
  const reader = follow(log, 0, 1)
  const quick = follow(log, 0)
  appendAll(log, 'a12345678')
  vi.advanceTimersByTime(60_000)
  expect(reader.ended).toBeUndefined()
  log.append('9')
  vi.advanceTimersByTime(4_999)
  log.append('!')
  expect(reader.ended).toBeUndefined()
  vi.advanceTimersByTime(1)
  expect(reader.ended).toBe('slow')
  expect(reader.following?.seq).toBe(1)
  expect([quick.ended, log.readers]).toEqual([undefined, 1])
})

it('has more time whenever it takes something', () => {
  useFakeTimers()
  const log = createEventLog({ ...LETTERS, slow: { ...SLOW, maxEvents: 1 } })
  const long = 'x'.repeat(64 * 1024)
  const reader = follow(log, 0, 1)
  appendAll(log, [long, long, long, long])
  vi.advanceTimersByTime(4_000)
  reader.following?.resume()
  vi.advanceTimersByTime(4_000)
  expect(reader).toMatchObject({ ended: undefined, following: { seq: 2 } })
  vi.advanceTimersByTime(1_000)
  expect(reader.ended).toBe('slow')
})

it.each([
  ['it catches up', (reader: ReturnType<typeof follow>) => reader.following?.resume()],
  ['it stops', (reader: ReturnType<typeof follow>) => reader.following?.stop()],
])('leaves no timer behind when %s', (_, act) => {
  useFakeTimers()
  const log = createEventLog({ ...LETTERS, slow: SLOW })
  const reader = follow(log, 0, 1)
  appendAll(log, 'a123456789')
  expect(vi.getTimerCount()).toBe(1)
  reader.takes = Infinity
  act(reader)
  expect(vi.getTimerCount()).toBe(0)
})
