/** Old rows leave both stores, a few at a time, and nothing else does. */
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { RowOptions } from '#stores'
import { createBooks, toAuditQuery, toUsageQuery } from '#usage'
import { deleteSome } from '../../../src/usage/retention/delete-old.ts'
import { rowsAt, startLedger } from '../../tools/stores/ledger-under-test.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'

const under = useRowsUnderTest()

const DAY = 86_400_000

const settleAt = async (place: RowOptions, ages: readonly number[]): Promise<void> => {
  const ledger = startLedger(place)
  const now = Date.now()
  for (const age of ages) ledger.settle(toSettlement({ endedAtMs: now - age * DAY }))
  await ledger.close()
}

const log: string[] = []
const startKeeping = (place: RowOptions, keepDays: number) =>
  createBooks({
    place,
    keepDays,
    redact: (text) => text,
    log: { info: (_, message) => log.push(message), warn: (_, message) => log.push(message) },
  })

describe(`rows in ${under.kind}`, () => {
  it('are kept for ever, if nothing else is said', async () => {
    const place = await under.place()
    await settleAt(place, [10_000, 1])
    const ledger = startLedger(place)
    await ledger.start()
    expect((await ledger.reportUsage(toUsageQuery({}))).total.calls).toBe(2)
  })

  it('are deleted after the days that the operator says, and reports agree with them', async () => {
    const place = await under.place()
    await settleAt(place, [...Array.from({ length: 1_300 }, () => 40), 31, 29, 1])
    const { db } = await under.at(place).open()
    const entry = { times: 1, action: 'auth.refused', outcome: 'unauthenticated' }
    const at = (age: number) => ({ first_at: Date.now() - age * DAY, last_at: Date.now() })
    const empty = { request_id: null, actor_id: null, actor_name: null, address: null }
    await db
      .insertInto('audit')
      .values([
        { id: 'old', ...entry, ...at(31), ...empty, subject: null, status: 401 },
        { id: 'new', ...entry, ...at(29), ...empty, subject: null, status: 401 },
      ])
      .execute()
    const books = startKeeping(place, 30)
    await books.start()
    await expect.poll(async () => (await rowsAt(place)).length).toBe(2)
    await expect
      .poll(async () => (await db.selectFrom('audit').select('id').execute()).map(({ id }) => id))
      .not.toContain('old')
    expect((await books.reportUsage(toUsageQuery({}))).total.calls).toBe(2)
    const { data } = await books.reportAudit(toAuditQuery({ limit: '1000' }))
    expect(data.filter(({ action }) => action === 'auth.refused')).toHaveLength(1)
    await expect.poll(() => log).toContain('old rows were deleted')
    await books.close()
  })

  it('are deleted a few at a time', async () => {
    const place = await under.place()
    await settleAt(
      place,
      Array.from({ length: 1_200 }, () => 2),
    )
    const store = await under.at(place).open()
    const deleted: number[] = []
    do deleted.push(await deleteSome(store, 'ledger', Date.now() - DAY))
    while (deleted.at(-1))
    expect(deleted).toEqual([500, 500, 200, 0])
  })

  it('are written while old ones are deleted', async () => {
    const place = await under.place()
    await settleAt(
      place,
      Array.from({ length: 2_000 }, () => 2),
    )
    const books = startKeeping(place, 1)
    await books.start()
    for (let at = 0; at < 50; at++) {
      books.settle(toSettlement({ requestId: `new_${at}`, endedAtMs: Date.now() }))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await expect.poll(async () => (await rowsAt(place)).length).toBe(50)
    await books.close()
  })

  it.runIf(under.kind === 'sqlite')('make no file only to be deleted', async () => {
    const place = await under.place()
    const books = startKeeping(place, 1)
    await books.start()
    await books.close()
    expect(existsSync(place.folder)).toBe(false)
  })

  it.runIf(under.kind === 'postgres')('are deleted by one process at a time', async () => {
    const place = await under.place()
    await settleAt(place, [2, 2])
    const [one, other] = await Promise.all([under.at(place).open(), under.at(place).open()])
    const { sql } = await import('kysely')
    await one.transaction(async (db) => {
      await sql`select pg_advisory_xact_lock(7360115)`.execute(db)
      expect(await deleteSome(other, 'ledger', Date.now())).toBe(0)
    })
    expect(await deleteSome(other, 'ledger', Date.now())).toBe(2)
  })
})
