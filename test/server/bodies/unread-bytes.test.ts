/** A client that is behind when no memory is left may catch up; otherwise it is disconnected. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createUnreadBytes } from '../../../src/server/bodies/unread-bytes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const start = () => {
  const cut = vi.fn()
  const held: number[] = []
  let room = Infinity
  const unread = createUnreadBytes((bytes) => {
    if (bytes > room) return false
    held.push(bytes)
    return true
  }, cut)
  return { unread, cut, held, leave: (bytes: number) => (room = bytes) }
}

it('waiting bytes are held, and released when they are read', () => {
  const { unread, cut, held } = start()
  unread.count(20_000)
  unread.count(30_000)
  unread.release()
  vi.advanceTimersByTime(60_000)
  expect(held).toEqual([20_000, 30_000, 0])
  expect(cut).not.toHaveBeenCalled()
})

it('a client that catches up is not cut off', () => {
  const { unread, cut, leave } = start()
  leave(0)
  unread.count(20_000)
  vi.advanceTimersByTime(3_000)
  unread.release()
  unread.count(20_000)
  vi.advanceTimersByTime(3_000)
  leave(100_000)
  unread.count(30_000)
  vi.advanceTimersByTime(60_000)
  expect(cut).not.toHaveBeenCalled()
})

it('a client that stays behind is disconnected once', () => {
  const { unread, cut, leave } = start()
  leave(0)
  unread.count(20_000)
  vi.advanceTimersByTime(4_000)
  unread.count(40_000)
  vi.advanceTimersByTime(2_000)
  expect(cut).toHaveBeenCalledTimes(1)
})

it('a client with more than one read of an upstream unread is disconnected at once', () => {
  const { unread, cut, leave } = start()
  leave(0)
  unread.count(2_000_000)
  expect(cut).toHaveBeenCalledTimes(1)
})
