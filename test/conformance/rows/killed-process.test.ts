/** The program on a real PostgreSQL: what is left of its ledger when it is stopped or killed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import type { RowOptions } from '#stores'
import { startSluice } from '../../tools/cli/start.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'

const cwd = mkdtempSync(join(tmpdir(), 'sluice-killed-'))
afterAll(() => rmSync(cwd, { recursive: true }))

const startAt = async ({ folder, databaseUrl = '' }: RowOptions) => {
  const sluice = startSluice(['--port', '0'], {
    cwd,
    env: { SLUICE_DATA: folder, DATABASE_URL: databaseUrl },
  })
  const url = await sluice.listens()
  return {
    ...sluice,
    async ask(): Promise<string> {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({
          model: 'demo/echo',
          messages: [{ role: 'user', content: '[[say yes]]' }],
        }),
      })
      await response.text()
      return response.headers.get('x-request-id') ?? ''
    },
  }
}

describe(`a process with its rows in ${withServers ? 'postgres' : 'sqlite'}`, () => {
  const under = useRowsUnderTest()

  const idsAt = async (place: RowOptions): Promise<string[]> =>
    (await rowsAt(place)).map((row) => row.request_id)

  it('loses no row on SIGTERM', async () => {
    const place = await under.place()
    const sluice = await startAt(place)
    const ids: string[] = []
    for (let at = 0; at < 20; at++) ids.push(await sluice.ask())
    sluice.process.kill('SIGTERM')
    expect(await sluice.ended).toMatchObject({ code: 0 })
    expect(await idsAt(place)).toEqual(ids)
  })

  // A machine may be so busy that a batch takes longer to write than the bound allows.
  it('lacks the calls of at most 250 ms after SIGKILL', { retry: 3 }, async () => {
    const place = await under.place()
    const sluice = await startAt(place)
    const first = await sluice.ask()
    await expect.poll(() => idsAt(place)).toEqual([first])
    const answered: [id: string, at: number][] = []
    const end = performance.now() + 1_500
    while (performance.now() < end) answered.push([await sluice.ask(), performance.now()])
    const killedAt = performance.now()
    sluice.process.kill('SIGKILL')
    await sluice.ended
    const found = new Set(await idsAt(place))
    expect(answered.filter(([id, at]) => at < killedAt - 250 && !found.has(id))).toEqual([])
    expect(answered.length).toBeGreaterThan(10)
  })

  it('has the rows of a killed process, also those that were written while it was gone', async () => {
    const place = await under.place()
    const first = await startAt(place)
    const ids = [await first.ask()]
    await expect.poll(() => idsAt(place)).toEqual(ids)
    if (withServers) await under.server.kill()
    for (let at = 0; at < 3; at++) ids.push(await first.ask())
    // Far longer than the bound, since the machine may be busy.
    await sleep(2_500)
    first.process.kill('SIGKILL')
    await first.ended
    if (withServers) await under.server.startAgain()
    const next = await startAt(place)
    await expect.poll(() => idsAt(place), { timeout: 60_000 }).toEqual(ids)
    ids.push(await next.ask())
    await expect.poll(() => idsAt(place), { timeout: 60_000 }).toEqual(ids)
  })
})
