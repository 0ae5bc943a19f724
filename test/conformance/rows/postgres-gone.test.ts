/** PostgreSQL at its worst: rows wait on disk, and arrive once and in order. */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  BACK,
  callsAt,
  GONE,
  namesAt,
  settleAll,
  SPOOL,
  startLedger,
} from '../../tools/stores/ledger-under-test.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'

describe.runIf(withServers)('a PostgreSQL that is', () => {
  const under = useRowsUnderTest()

  it('gone for a time gets the rows when it is back, once and in order', async () => {
    const place = await under.place()
    const ledger = startLedger(place)
    await ledger.start()
    settleAll(ledger, 'a')
    await expect.poll(() => namesAt(place)).toEqual(['a'])
    await under.server.kill()
    for (const name of ['b', 'c', 'd']) {
      settleAll(ledger, name)
      await sleep(150)
    }
    await expect.poll(() => ledger.log.map(([message]) => message)).toEqual([GONE])
    await expect.poll(() => existsSync(`${place.folder}/spool.db`)).toBe(true)
    await under.server.startAgain()
    settleAll(ledger, 'e')
    await expect.poll(() => namesAt(place), { timeout: 60_000 }).toEqual(['a', 'b', 'c', 'd', 'e'])
    await expect.poll(() => ledger.log.map(([message]) => message)).toEqual([GONE, BACK])
    expect(await callsAt(place)).toBe(5)
  })

  it('gone at boot gets the rows of this process from the next one', async () => {
    const place = await under.place()
    await under.server.kill()
    const first = startLedger(place)
    await first.start()
    settleAll(first, 'a', 'b')
    await first.close()
    await under.server.startAgain()
    const next = startLedger(place)
    await next.start()
    await expect.poll(() => namesAt(place), { timeout: 60_000 }).toEqual(['a', 'b'])
    settleAll(next, 'c')
    await expect.poll(() => namesAt(place)).toEqual(['a', 'b', 'c'])
    expect(await callsAt(place)).toBe(3)
  })

  it('frozen costs no row, though the process ends meanwhile', async () => {
    const place = await under.place()
    const ledger = startLedger(place)
    await ledger.start()
    settleAll(ledger, 'a')
    await expect.poll(() => namesAt(place)).toEqual(['a'])
    under.server.freeze()
    settleAll(ledger, 'b')
    await sleep(50)
    settleAll(ledger, 'c')
    await ledger.close()
    under.server.thaw()
    const next = startLedger(place)
    await next.start()
    await expect.poll(() => namesAt(place), { timeout: 60_000 }).toEqual(['a', 'b', 'c'])
    expect(await callsAt(place)).toBe(3)
  })

  it('gone while the disk cannot be written either gets what memory holds', async () => {
    const { databaseUrl = '' } = await under.place()
    const place = { folder: '/dev/null/none', databaseUrl }
    const ledger = startLedger(place)
    await under.server.kill()
    settleAll(ledger, 'a')
    await sleep(300)
    settleAll(ledger, 'b')
    await expect
      .poll(() => ledger.log.map(([message]) => message).toSorted())
      .toEqual([GONE, SPOOL])
    await under.server.startAgain()
    await expect.poll(() => namesAt(place), { timeout: 60_000 }).toEqual(['a', 'b'])
  })
})

describe.runIf(!withServers)('a PostgreSQL that is gone', () => {
  it('is tested by npm run conformance', () => {
    expect(withServers).toBe(false)
  })
})
