/** How long a limit that is used up lasts, in every way in which vendors tell it. */
import { expect, it } from 'vitest'
import { openaiChat } from '#protocols'
import { toResetWaitMs } from '../../../src/protocols/errors/limit-headers.ts'

const NOW_MS = Date.parse('2026-11-21T12:00:00Z')

const waitOf = (reset: string, left = '0') =>
  toResetWaitMs(['X-RateLimit-Remaining', left, 'X-RateLimit-Reset', reset], NOW_MS)

it.each([
  ['6m0s', 360_000],
  ['2m59.56s', 179_560],
  ['12ms', 12],
  ['1d2h', 93_600_000],
  ['11.5', 11_500],
  ['0', 0],
  [String(NOW_MS / 1000 + 30), 30_000],
  [String(NOW_MS + 30_000), 30_000],
  ['2026-11-21T12:00:30Z', 30_000],
  ['2020-01-01T00:00:00Z', 0],
])('%s means %i ms', (reset, waitMs) => {
  expect(waitOf(reset)).toBe(waitMs)
})

it.each(['soon', '', '-'])('%j means nothing', (reset) => {
  expect(waitOf(reset)).toBeUndefined()
})

it.each(['1', '-1', ''])('there is no wait if %j is left', (left) => {
  expect(waitOf('6m0s', left)).toBeUndefined()
})

it('waits for the last of those that are used up', () => {
  const headers = {
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': '2026-11-21T12:00:05Z',
    'anthropic-ratelimit-tokens-remaining': '0',
    'anthropic-ratelimit-tokens-reset': '2026-11-21T12:00:20Z',
    'x-ratelimit-remaining-requests-day': '3',
    'x-ratelimit-reset-requests-day': '33011',
  }
  expect(toResetWaitMs(Object.entries(headers).flat(), NOW_MS)).toBe(20_000)
})

it('is advice for a 429 alone, and never in place of the upstream’s own', () => {
  const limits = ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '7s']
  const retryAfterMs = (status: number, more: readonly string[] = []) =>
    openaiChat.decodeError({ status, rawHeaders: [...limits, ...more], body: '' }).retryAfterMs
  expect(retryAfterMs(429)).toBe(7000)
  expect(retryAfterMs(429, ['retry-after', '2'])).toBe(2000)
  expect(retryAfterMs(500)).toBeUndefined()
})
