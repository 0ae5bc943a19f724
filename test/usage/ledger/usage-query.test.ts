import { describe, expect, it } from 'vitest'
import { GROUPINGS, toUsageQuery } from '#usage'

const NOW = Date.UTC(2026, 10, 29, 12)

describe('the question for usage', () => {
  it('is by day from the first call, if nothing else is said', () => {
    expect(toUsageQuery({})).toEqual({ by: 'day' })
  })

  it.each(GROUPINGS)('may be by %s', (by) => {
    expect(toUsageQuery({ by })).toEqual({ by })
  })

  it.each([
    ['2026-11-01', Date.UTC(2026, 10, 1)],
    ['2026-11-01T12:30Z', Date.UTC(2026, 10, 1, 12, 30)],
    ['2026-11-01T12:30:15+02:00', Date.UTC(2026, 10, 1, 10, 30, 15)],
    ['30m', NOW - 30 * 60_000],
    ['24h', NOW - 86_400_000],
    ['7d', NOW - 7 * 86_400_000],
    ['999999d', 0],
  ])('may begin at %s', (since, sinceMs) => {
    expect(toUsageQuery({ since }, NOW)).toEqual({ by: 'day', sinceMs })
  })

  it.each(['', ' ', 'minute', 'DAY', 'toString', '__proto__'])('is refused by %j', (by) => {
    expect(() => toUsageQuery({ by })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'by' }),
    )
  })

  it.each([
    '',
    'x',
    '7',
    '7w',
    '-1d',
    '1.5d',
    '2026-13-01',
    '2026-02-30',
    '2026-11-31T12:00Z',
    '2026-11-01T25:00Z',
    '2026-11-01T12:30',
    '9999999d',
    '1e3d',
  ])('is refused since %j', (since) => {
    expect(() => toUsageQuery({ since })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'since' }),
    )
  })
})
