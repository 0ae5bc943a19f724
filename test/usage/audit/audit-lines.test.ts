import { expect, it } from 'vitest'
import type { AuditEvent } from '#model'
import { toAuditQuery } from '#usage'
import { createAuditLines } from '../../../src/usage/audit/audit-lines.ts'
import { createToAuditRow } from '../../../src/usage/audit/rows/audit-row.ts'
import { AUDIT_COLUMNS } from '../../../src/usage/audit/rows/audit-columns.ts'

const MINUTE = 60_000

const start = () => {
  const rows = new Map<string, Record<string, unknown>>()
  let delivered = 0
  const lines = createAuditLines(
    createToAuditRow((text) => text),
    ({ json, count }) => {
      const { audit } = JSON.parse(json) as { audit: unknown[][] }
      expect(audit).toHaveLength(count)
      delivered += count
      for (const values of audit) {
        const row = Object.fromEntries(AUDIT_COLUMNS.map(([name], at) => [name, values[at]]))
        rows.set(String(row.id), row)
      }
    },
  )
  return { lines, rows, delivered: () => delivered }
}

const refused = (address: string): AuditEvent => ({
  action: 'auth.refused',
  outcome: 'unauthenticated',
  status: 401,
  address,
})

it('begins a new row with each minute', () => {
  const { lines, rows } = start()
  for (const at of [0, 1, MINUTE - 1, MINUTE, 2 * MINUTE]) lines.add(refused('a'), 5 * MINUTE + at)
  lines.flush()
  expect([...rows.values()].map((row) => [row.first_at, row.last_at, row.times])).toEqual([
    [5 * MINUTE, 6 * MINUTE - 1, 3],
    [6 * MINUTE, 6 * MINUTE, 1],
    [7 * MINUTE, 7 * MINUTE, 1],
  ])
})

it('has at most 200 actors and addresses a minute, and one row more for all others of a kind', () => {
  const { lines, rows, delivered } = start()
  for (let at = 0; at < 10_000; at++) lines.add(refused(`a${at}`), MINUTE)
  lines.add({ ...refused('b'), outcome: 'forbidden', status: 403 }, MINUTE)
  lines.flush()
  expect(rows.size).toBe(202)
  expect(delivered()).toBe(202)
  const others = [...rows.values()].filter(({ address }) => address === null)
  expect(others.map(({ times }) => times)).toEqual([9_800, 1])
  lines.add(refused('a0'), 2 * MINUTE)
  lines.flush()
  expect(rows.size).toBe(203)
})

it('writes a new row at once, and its number again only after a while', async () => {
  const { lines, delivered } = start()
  lines.add(refused('a'))
  await expect.poll(delivered).toBe(1)
  for (let at = 0; at < 1_000; at++) lines.add(refused('a'))
  lines.flush()
  expect(delivered()).toBeLessThanOrEqual(3)
})

it.each([
  [{ limit: '0' }, 'limit'],
  [{ limit: '1001' }, 'limit'],
  [{ limit: '-1' }, 'limit'],
  [{ limit: '1e2' }, 'limit'],
  [{ limit: '' }, 'limit'],
  [{ since: 'then' }, 'since'],
  [{ since: '' }, 'since'],
])('refuses the question %j', (asked, param) => {
  expect(() => toAuditQuery(asked)).toThrow(
    expect.objectContaining({ code: 'invalid_request', param }),
  )
})
