/** Disks that are really full or read-only, and folders that disappear: one line, calls go on, and the rows arrive. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { toUsageQuery } from '#usage'
import { BACK, GONE, rowsAt, SPOOL, startLedger } from '../../tools/stores/ledger-under-test.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'
import { canMount, startSmallDisk } from '../../tools/stores/small-disk.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-full-'))
afterAll(() => rmSync(outer, { recursive: true }))

type Ledger = ReturnType<typeof startLedger>

const messages = (ledger: Ledger): string[] => ledger.log.map(([message]) => message)

/** Larger than what is left in a page. */
const settle = (ledger: Ledger, requestId: string): void =>
  ledger.settle(toSettlement({ requestId, tags: 'x'.repeat(4_000) }))

const idsAt = async (folder: string): Promise<string[]> =>
  (await rowsAt({ folder })).map((row) => row.request_id)

describe.runIf(canMount)('a disk that is full', () => {
  it('gets the rows in order when it has room again, and one line says so', async () => {
    const disk = startSmallDisk()
    const folder = join(disk.folder, 'data')
    const ledger = startLedger({ folder })
    settle(ledger, 'first')
    await expect.poll(() => idsAt(folder)).toEqual(['first'])
    disk.fill()
    const waiting = Array.from({ length: 30 }, (_, at) => `waiting_${at}`)
    for (const id of waiting) {
      settle(ledger, id)
      await sleep(20)
    }
    await expect.poll(() => messages(ledger)).toEqual([GONE])
    expect(String(ledger.log[0]?.[1].reason)).toMatch(/full|I\/O/)
    disk.free()
    await expect.poll(() => messages(ledger)).toEqual([GONE, BACK])
    expect(await idsAt(folder)).toEqual(['first', ...waiting])
  })

  it('may be full from the start', async () => {
    const disk = startSmallDisk()
    const folder = join(disk.folder, 'data')
    disk.fill()
    const ledger = startLedger({ folder })
    for (const id of ['a', 'b']) settle(ledger, id)
    await expect.poll(() => messages(ledger)).toEqual([GONE])
    disk.free()
    await expect.poll(() => messages(ledger)).toEqual([GONE, BACK])
    expect(await idsAt(folder)).toEqual(['a', 'b'])
  })

  it('is full for the spool, too: rows wait in memory, and each fault has one line', async () => {
    const disk = startSmallDisk()
    const folder = join(disk.folder, 'data')
    const ledger = startLedger({ folder, databaseUrl: 'postgres://nobody@127.0.0.1:1/none' })
    settle(ledger, 'spooled')
    await expect.poll(() => messages(ledger)).toEqual([GONE])
    await expect.poll(() => existsSync(join(folder, 'spool.db'))).toBe(true)
    disk.fill()
    for (let at = 0; at < 20; at++) {
      settle(ledger, `held_${at}`)
      await sleep(20)
    }
    await expect.poll(() => messages(ledger)).toEqual([GONE, SPOOL])
    await ledger.close()
    expect(messages(ledger)).toEqual([GONE, SPOOL, 'rows of the ledger were lost'])
    expect(ledger.log.at(-1)?.[1].lost).toBeGreaterThan(0)
  })
})

describe.runIf(canMount)('a disk that is read-only', () => {
  it('gets the rows when it can be written', async () => {
    const disk = startSmallDisk()
    const folder = join(disk.folder, 'data')
    disk.setReadOnly(true)
    const ledger = startLedger({ folder })
    settle(ledger, 'a')
    await expect.poll(() => messages(ledger)).toEqual([GONE])
    settle(ledger, 'b')
    disk.setReadOnly(false)
    await expect.poll(() => messages(ledger)).toEqual([GONE, BACK])
    expect(await idsAt(folder)).toEqual(['a', 'b'])
  })
})

describe.runIf(process.getuid?.() !== 0)('a folder that this user may not write', () => {
  it('gets the rows when the user may', async () => {
    const folder = join(outer, 'locked')
    mkdirSync(folder, { mode: 0o555 })
    const ledger = startLedger({ folder })
    settle(ledger, 'a')
    await expect.poll(() => messages(ledger)).toEqual([GONE])
    chmodSync(folder, 0o755)
    await expect.poll(() => messages(ledger)).toEqual([GONE, BACK])
    expect(await idsAt(folder)).toEqual(['a'])
  })
})

describe('a data folder that disappears', () => {
  it('is made anew with its tables, by the rows that come after', async () => {
    const folder = join(outer, 'deleted')
    const ledger = startLedger({ folder })
    settle(ledger, 'a')
    await expect.poll(() => idsAt(folder)).toEqual(['a'])
    rmSync(folder, { recursive: true })
    settle(ledger, 'b')
    await expect.poll(() => messages(ledger)).toEqual([GONE, BACK])
    expect(ledger.log[0]?.[1].reason).toBe('the file was deleted or replaced')
    expect(await idsAt(folder)).toEqual(['b'])
    settle(ledger, 'c')
    await expect.poll(() => idsAt(folder)).toEqual(['b', 'c'])
    expect((await ledger.reportUsage(toUsageQuery({}))).total.calls).toBe(2)
  })

  it('may be replaced by another one, whose rows stay', async () => {
    const [folder, other] = [join(outer, 'one'), join(outer, 'other')]
    for (const [place, id] of [
      [folder, 'a'],
      [other, 'restored'],
    ] as const) {
      const ledger = startLedger({ folder: place })
      settle(ledger, id)
      await ledger.close()
    }
    const ledger = startLedger({ folder })
    settle(ledger, 'b')
    await expect.poll(() => idsAt(folder)).toEqual(['a', 'b'])
    renameSync(folder, join(outer, 'away'))
    renameSync(other, folder)
    settle(ledger, 'c')
    await expect.poll(() => idsAt(folder).then((ids) => ids.toSorted())).toEqual(['c', 'restored'])
    expect((await idsAt(join(outer, 'away'))).toSorted()).toEqual(['a', 'b'])
  })
})
