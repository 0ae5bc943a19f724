/** PostgreSQL slow, restarted, failed over and away for long: every row arrives once and in order. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { startPostgres } from '../../tools/servers/postgres.ts'
import { startToxicProxy } from '../../tools/servers/toxic-proxy.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import {
  BACK,
  callsAt,
  GONE,
  namesAt,
  rowsAt,
  settleAll,
  SPOOL,
  startLedger,
} from '../../tools/stores/ledger-under-test.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'
import { canMount, startSmallDisk } from '../../tools/stores/small-disk.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'

const PATIENCE = { timeout: 60_000 }

describe.runIf(withServers)('a PostgreSQL that is', () => {
  const under = useRowsUnderTest()

  const namesOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `r${at}`)

  /** A place whose connections lead through a proxy. */
  const throughProxy = async () => {
    const place = await under.place()
    const url = new URL(place.databaseUrl ?? '')
    const proxy = await startToxicProxy({ host: '127.0.0.1', port: Number(url.port) })
    url.port = String(proxy.port)
    return { place, proxy, proxied: { ...place, databaseUrl: url.href } }
  }

  it('slow gets every row once, and keeps no call waiting', async () => {
    const { place, proxy, proxied } = await throughProxy()
    proxy.delayMs = 300
    const ledger = startLedger(proxied)
    await ledger.start()
    const names = namesOf(40)
    for (const name of names) {
      settleAll(ledger, name)
      await sleep(20)
    }
    await expect.poll(() => namesAt(place), PATIENCE).toEqual(names)
    expect(await callsAt(place)).toBe(names.length)
    proxy.delayMs = 0
  })

  it('restarted again and again while rows are written gets them once and in order', async () => {
    const place = await under.place()
    const ledger = startLedger(place)
    await ledger.start()
    const names = namesOf(600)
    const restart = async (before: Promise<void>): Promise<void> => {
      await before
      await under.server.kill()
      await under.server.startAgain()
    }
    let restarting = Promise.resolve()
    for (const [at, name] of names.entries()) {
      settleAll(ledger, name)
      if (at % 200 === 100) restarting = restart(restarting)
      await sleep(5)
    }
    await restarting
    await expect.poll(async () => (await namesAt(place)).length, PATIENCE).toBe(names.length)
    expect(await namesAt(place)).toEqual(names)
    expect(await callsAt(place)).toBe(names.length)
  })

  it('failed over gets the rows at its new place, once and in order', async () => {
    const { place, proxy, proxied } = await throughProxy()
    const replica = await startPostgres()
    try {
      const { pathname } = new URL(place.databaseUrl ?? '')
      let databaseUrl = await replica.createDatabase()
      while (!databaseUrl.endsWith(pathname)) databaseUrl = await replica.createDatabase()
      const port = Number(new URL(databaseUrl).port)
      const moved = { ...place, databaseUrl }
      // What replication would have brought.
      await under.at(moved).open()
      const ledger = startLedger(proxied)
      await ledger.start()
      settleAll(ledger, 'a')
      await expect.poll(() => namesAt(place)).toEqual(['a'])
      proxy.cut()
      proxy.target = { host: '127.0.0.1', port }
      for (const name of ['b', 'c', 'd']) {
        settleAll(ledger, name)
        await sleep(120)
      }
      await expect.poll(() => namesAt(moved), PATIENCE).toEqual(['b', 'c', 'd'])
      await ledger.close()
    } finally {
      await replica.close()
    }
  })

  it('read-only after a failover is not used on the same connection for ever', async () => {
    const { place, proxy, proxied } = await throughProxy()
    const name = new URL(place.databaseUrl ?? '').pathname.slice(1)
    const { db } = await under.at(place).open()
    const ledger = startLedger(proxied)
    await ledger.start()
    settleAll(ledger, 'a')
    await expect.poll(() => namesAt(place)).toEqual(['a'])
    await sql`alter database ${sql.raw(name)} set default_transaction_read_only = on`.execute(db)
    proxy.cut()
    settleAll(ledger, 'b')
    await expect.poll(() => ledger.log.map(([message]) => message), PATIENCE).toEqual([GONE])
    settleAll(ledger, 'c')
    await sleep(500)
    await sql`alter database ${sql.raw(name)} reset default_transaction_read_only`.execute(db)
    await expect.poll(() => namesAt(place), PATIENCE).toEqual(['a', 'b', 'c'])
    await expect.poll(() => ledger.log.map(([message]) => message)).toEqual([GONE, BACK])
  })

  it('gone while 5,000 rows wait gets all of them from the next process', async () => {
    const place = await under.place()
    await under.at(place).open()
    await under.server.kill()
    const ledger = startLedger(place)
    await ledger.start()
    const names = namesOf(5_000)
    settleAll(ledger, ...names)
    await ledger.close()
    expect(ledger.log.map(([message]) => message)).toEqual([GONE])
    await under.server.startAgain()
    const next = startLedger(place)
    await next.start()
    await expect.poll(async () => (await namesAt(place)).length, PATIENCE).toBe(names.length)
    expect(await namesAt(place)).toEqual(names)
    expect(await callsAt(place)).toBe(names.length)
  })

  it.runIf(canMount)(
    'gone while the disk is full gets what is spooled and what memory holds',
    async () => {
      const { databaseUrl = '' } = await under.place()
      const disk = startSmallDisk()
      const place = { folder: `${disk.folder}/data`, databaseUrl }
      const ledger = startLedger(place)
      await ledger.start()
      settleAll(ledger, 'a')
      await expect.poll(() => namesAt(place)).toEqual(['a'])
      await under.server.kill()
      settleAll(ledger, 'b')
      await expect.poll(() => ledger.log.map(([message]) => message)).toEqual([GONE])
      await sleep(300)
      disk.fill()
      const held = namesOf(20)
      for (const name of held) {
        ledger.settle(toSettlement({ requestId: name, tags: 'x'.repeat(4_000) }))
        await sleep(20)
      }
      await expect.poll(() => ledger.log.map(([message]) => message)).toEqual([GONE, SPOOL])
      // The disk is still full: what is spooled cannot be removed.
      await under.server.startAgain()
      await expect.poll(() => namesAt(place), PATIENCE).toEqual(['a', 'b', ...held])
      await expect.poll(() => ledger.log.map(([message]) => message)).toEqual([GONE, SPOOL, BACK])
      disk.free()
      settleAll(ledger, 'c')
      await expect.poll(() => namesAt(place)).toEqual(['a', 'b', ...held, 'c'])
      expect(await callsAt(place)).toBe(held.length + 3)
    },
  )
})

describe.runIf(!withServers)('an SQLite file that another process writes', () => {
  const under = useRowsUnderTest()

  it('gets 5,000 rows that wait when the process ends', async () => {
    const place = await under.place()
    const other = await under.at(place).open()
    const ledger = startLedger(place)
    const names = Array.from({ length: 5_000 }, (_, at) => `r${at}`)
    let closing: Promise<void> | undefined
    await other.transaction(async (db) => {
      await sql`select 1`.execute(db)
      for (const requestId of names) ledger.settle(toSettlement({ requestId }))
      closing = ledger.close()
      await sleep(500)
    })
    await closing
    expect((await rowsAt(place)).map((row) => row.request_id)).toEqual(names)
    expect(ledger.log).toEqual([])
  })
})
