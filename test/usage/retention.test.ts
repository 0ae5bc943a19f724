/** A running Sluice deletes what is older than its operator wants to keep, and says so. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { CHAT, chatBody } from '../tools/app/asks.ts'
import { startHouse } from '../tools/app/house.ts'
import { rowsAt, startLedger } from '../tools/stores/ledger-under-test.ts'
import { toSettlement } from '../tools/stores/settlements.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-retention-'))
afterAll(() => rmSync(outer, { recursive: true }))

const DAY_MS = 86_400_000

it.each([
  [undefined, 3],
  [30, 2],
])('with keepDays of %s, %i rows are left', async (keepDays, left) => {
  const rows = { folder: join(outer, String(keepDays)) }
  const ledger = startLedger(rows)
  for (const age of [31, 29])
    ledger.settle(toSettlement({ endedAtMs: Date.now() - age * DAY_MS, callerId: 'anonymous' }))
  await ledger.close()
  const { sluice } = await startHouse({ rows, ...(keepDays === undefined ? {} : { keepDays }) })
  expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(200)
  if (keepDays !== undefined) await sluice.logged(({ msg }) => msg === 'old rows were deleted')
  await expect.poll(async () => (await rowsAt(rows)).length).toBe(left)
  expect((await sluice.send('/v1/usage')).json.total).toMatchObject({ calls: left })
})
