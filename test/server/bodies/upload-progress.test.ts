/** An upload is watched while it arrives, and costs no timer where it came with its head. */
import type { IncomingMessage } from 'node:http'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createUploadProgress } from '../../../src/server/bodies/upload-progress.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const watch = async (complete: boolean) => {
  const request = { complete, socket: { bytesRead: 0 } }
  const progress = createUploadProgress(request as unknown as IncomingMessage, 1_000)
  const fail = vi.fn()
  progress.watch(fail)
  await Promise.resolve()
  return { progress, fail }
}

it('has a timer while it arrives, and fails once when it stands still', async () => {
  const { fail } = await watch(false)
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(5_000)
  expect(fail).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})

it('has no timer where it is complete', async () => {
  const { fail } = await watch(true)
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(5_000)
  expect(fail).not.toHaveBeenCalled()
})

it('has no timer where it was stopped in the same turn', async () => {
  const request = { complete: false, socket: { bytesRead: 0 } }
  const progress = createUploadProgress(request as unknown as IncomingMessage, 1_000)
  progress.watch(vi.fn())
  progress.stop()
  await Promise.resolve()
  expect(vi.getTimerCount()).toBe(0)
})
