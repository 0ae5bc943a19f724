/** A disk that is full or read-only: one line in the log, and calls go on. */
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createSpool, type Spool } from '#stores'
import { toUsageQuery } from '#usage'
import { createBacklog } from '../../../src/usage/delivery/backlog.ts'
import { createDelivery } from '../../../src/usage/delivery/delivery.ts'
import { BACK, GONE, rowsAt, SPOOL, startLedger } from '../../tools/stores/ledger-under-test.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
afterAll(() => rmSync(outer, { recursive: true }))

const LOST = 'rows of the ledger were lost'

it('reports once that the folder cannot be written, and writes the rows when it can', async () => {
  const folder = join(outer, 'later')
  writeFileSync(folder, 'a file is in its place')
  const ledger = startLedger({ folder })
  for (const requestId of ['a', 'b', 'c']) {
    ledger.settle(toSettlement({ requestId }))
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  await expect.poll(() => ledger.log.map(([message]) => message)).toEqual([GONE])
  await expect(ledger.report(toUsageQuery({}))).resolves.toMatchObject({ data: [] })
  unlinkSync(folder)
  mkdirSync(folder)
  await expect
    .poll(async () => (await rowsAt({ folder })).map((row) => row.request_id))
    .toEqual(['a', 'b', 'c'])
  await expect.poll(() => ledger.log.map(([message]) => message)).toEqual([GONE, BACK])
})

it('reports at its end how many rows were lost', async () => {
  const ledger = startLedger({ folder: '/dev/null/none' })
  ledger.settle(toSettlement())
  ledger.settle(toSettlement())
  await ledger.close()
  expect(ledger.log.map(([message]) => message)).toEqual([GONE, LOST])
  expect(ledger.log[1]?.[1]).toEqual({ lost: 2 })
})

const startDelivery = (spool?: Spool) => {
  const written: string[] = []
  const log: [string, object][] = []
  const add = (fields: object, message: string) => void log.push([message, fields])
  const state = { fault: undefined as Error | undefined, slow: Promise.resolve() }
  let spoolFailed = false
  const backlog = createBacklog(spool, (error) => {
    if (!spoolFailed) add({ reason: String(error) }, SPOOL)
    spoolFailed = true
  })
  const delivery = createDelivery({
    write: async (json) => {
      await state.slow
      if (state.fault) throw state.fault
      written.push(json)
    },
    backlog,
    confirmMs: undefined,
    log: { info: add, warn: add },
  })
  return { written, log, state, delivery, backlog }
}

it('holds a bounded number of rows while the disk is full, and counts the others', async () => {
  const { written, log, state, delivery, backlog } = startDelivery()
  state.fault = Object.assign(new Error('database or disk is full'), { errcode: 13 })
  for (let at = 0; at < 30; at++) delivery.deliver({ json: `[${at}]`, count: 1_000 })
  await delivery.settled()
  expect(backlog.heldRows).toBe(20_000)
  expect(log).toEqual([[GONE, { reason: 'database or disk is full' }]])
  state.fault = undefined
  await expect.poll(() => written.length).toBe(20)
  expect(written).toEqual(Array.from({ length: 20 }, (_, at) => `[${at}]`))
  await expect.poll(() => log.map(([message]) => message)).toEqual([GONE, LOST, BACK])
  expect(log[1]?.[1]).toEqual({ lost: 10_000 })
  delivery.deliver({ json: '[30]', count: 1 })
  await expect.poll(() => written.at(-1)).toBe('[30]')
  await delivery.close()
})

it('passes over rows that the database refuses, and reports them', async () => {
  const { written, log, state, delivery } = startDelivery()
  state.fault = Object.assign(new Error('invalid byte sequence'), { code: '22021' })
  delivery.deliver({ json: '[1]', count: 1 })
  await delivery.settled()
  state.fault = undefined
  delivery.deliver({ json: '[2]', count: 1 })
  await delivery.close()
  expect(written).toEqual(['[2]'])
  expect(log.map(([message]) => message)).toEqual(['the database refused rows of the ledger', LOST])
})

it('fills the spool, then memory, and says what was lost beyond both', async () => {
  const { written, log, state, delivery, backlog } = startDelivery(
    createSpool(join(outer, 'small'), 256 * 1024),
  )
  state.fault = new Error('connect ECONNREFUSED')
  const text = 'x'.repeat(20_000)
  const batchAt = (at: number) => JSON.stringify([at, text])
  for (let at = 0; at < 50; at++) {
    delivery.deliver({ json: batchAt(at), count: 1_000 })
    // The spool is as fast as the rows are.
    await delivery.settled()
  }
  expect(backlog.heldRows).toBe(20_000)
  state.fault = undefined
  await expect.poll(() => log.map(([message]) => message)).toEqual([GONE, SPOOL, LOST, BACK])
  expect(written).toEqual(Array.from({ length: written.length }, (_, at) => batchAt(at)))
  expect(written.length).toBeGreaterThan(25)
  expect(log[2]?.[1]).toEqual({ lost: (50 - written.length) * 1_000 })
  await delivery.close()
})

it('delivers a batch once that a full disk keeps in the spool', async () => {
  const spool = createSpool(join(outer, 'kept'))
  let removes = 0
  const { written, log, state, delivery } = startDelivery({
    ...spool,
    remove: async (id) => {
      if (removes++ < 2) throw new Error('database or disk is full')
      await spool.remove(id)
    },
  })
  state.fault = new Error('connect ECONNREFUSED')
  for (const json of ['[1]', '[2]', '[3]']) delivery.deliver({ json, count: 1 })
  await delivery.settled()
  state.fault = undefined
  await expect.poll(() => log.map(([message]) => message)).toEqual([GONE, SPOOL, BACK])
  expect(written).toEqual(['[1]', '[2]', '[3]'])
  expect(await spool.first()).toBeUndefined()
  await delivery.close()
})

it('counts the rows that wait, without those that an earlier process left', async () => {
  const spool = createSpool(join(outer, 'counted'))
  await spool.add('[0]')
  const { written, state, delivery } = startDelivery(spool)
  state.fault = new Error('connect ECONNREFUSED')
  for (const json of ['[1]', '[2]']) delivery.deliver({ json, count: 10 })
  expect(delivery.waitingRows).toBe(20)
  await delivery.settled()
  expect(delivery.waitingRows).toBe(20)
  expect(delivery.isFailing).toBe(true)
  const last = Promise.withResolvers<void>()
  state.fault = undefined
  state.slow = last.promise
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(delivery.waitingRows).toBe(20)
  last.resolve()
  await expect.poll(() => written).toEqual(['[0]', '[1]', '[2]'])
  await expect.poll(() => delivery.waitingRows).toBe(0)
  expect(delivery.isFailing).toBe(false)
  await delivery.close()
})

it('holds a bounded number of rows while the disk is slow, and counts the others', async () => {
  const { log, state, delivery, written } = startDelivery()
  const slow = Promise.withResolvers<void>()
  state.slow = slow.promise
  for (let at = 0; at < 30; at++) delivery.deliver({ json: `[${at}]`, count: 1_000 })
  slow.resolve()
  await delivery.settled()
  expect(written).toEqual(Array.from({ length: 20 }, (_, at) => `[${at}]`))
  expect(log).toEqual([[LOST, { lost: 10_000 }]])
  delivery.deliver({ json: '[30]', count: 1_000 })
  await delivery.settled()
  expect(written.at(-1)).toBe('[30]')
})
