/** What /health says to everybody, and to an admin. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../../../tools/app/asks.ts'
import { startHouse } from '../../../tools/app/house.ts'
import { freePort } from '../../../tools/servers/free-port.ts'
import { ADMIN, scrape } from '../../../tools/telemetry/scrape.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-health-'))
afterAll(() => rmSync(folder, { recursive: true }))

const asAdmin = { headers: { authorization: `Bearer ${ADMIN}` } }

const start = (options: Parameters<typeof startHouse>[0] = {}) =>
  startHouse({ keys: ['sk-plain'], adminKeys: [ADMIN], ...options })

const EVERYBODY = {
  status: 'ok',
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  uptime: expect.any(Number),
  memory: {
    rss: expect.any(Number),
    heap_total: expect.any(Number),
    heap_used: expect.any(Number),
  },
}

describe('GET /health', () => {
  it.each([
    ['without a key', {}],
    ['with a wrong key', { headers: { authorization: 'Bearer wrong' } }],
    ['with the key of a caller', { headers: { 'x-api-key': 'sk-plain' } }],
  ])('says %s that the process runs, and names no backend', async (_, sending) => {
    const { sluice } = await start()
    const { status, json } = await sluice.send('/health', sending)
    expect(status).toBe(200)
    expect(json).toEqual(EVERYBODY)
    expect(Math.abs(Date.parse(String(json.timestamp)) - Date.now())).toBeLessThan(60_000)
    expect(json.uptime).toBeGreaterThan(0)
  })

  it('says to an admin what is known of each backend, and asks none', async () => {
    const { sluice, upstream } = await start({ rows: { folder } })
    const { json } = await sluice.send('/health', asAdmin)
    expect(json).toEqual({
      ...EVERYBODY,
      backends: {
        ledger: { store: 'sqlite', status: 'up', waiting_rows: 0 },
        live: { store: 'memory', status: 'up' },
        providers: [
          { name: 'openai', status: 'unknown' },
          { name: 'anthropic', status: 'unknown' },
        ],
        memory: { held_bytes: 0, limit_bytes: 512 * 1024 * 1024 },
      },
    })
    expect(upstream.calls).toEqual([])
  })

  it('says of a provider what its calls have shown', async () => {
    const { sluice } = await start({
      anthropic: { baseUrl: `http://127.0.0.1:${await freePort('127.0.0.1')}` },
      retry: { retries: 0, baseMs: 1 },
    })
    const headers = { authorization: 'Bearer sk-plain' }
    await sluice.send(CHAT, { body: chatBody(), headers })
    for (let at = 0; at < 3; at++)
      await sluice.send(CHAT, { body: chatBody('x', { model: 'claude-x' }), headers })
    const { json } = await sluice.send('/health', asAdmin)
    expect(json).toMatchObject({
      backends: {
        ledger: null,
        providers: [
          { name: 'openai', status: 'up' },
          { name: 'anthropic', status: 'down' },
        ],
      },
    })
    const { sum } = await scrape(sluice)
    expect(sum('sluice_provider_up', { provider: 'openai' })).toBe(1)
    expect(sum('sluice_provider_up', { provider: 'anthropic' })).toBe(0)
  })

  /** Three calls, and in the audit what happened at the start. */
  const ROWS = 3 + 2

  it('says how many rows wait while the ledger cannot be written', async () => {
    const { sluice } = await start({ rows: { folder: '/dev/null/none' } })
    const headers = { authorization: 'Bearer sk-plain' }
    for (let at = 0; at < 3; at++) await sluice.send(CHAT, { body: chatBody(), headers })
    await sluice.logged(({ msg }) => String(msg).startsWith('the ledger cannot be written'))
    const { json } = await sluice.send('/health', asAdmin)
    expect(json).toMatchObject({
      backends: { ledger: { store: 'sqlite', status: 'down', waiting_rows: ROWS } },
    })
    const { sum } = await scrape(sluice)
    expect(sum('sluice_ledger_waiting_rows')).toBe(ROWS)
    expect(sum('sluice_ledger_up', { store: 'sqlite' })).toBe(0)
  })

  it('says how many rows wait on disk while PostgreSQL is gone', async () => {
    const databaseUrl = `postgres://127.0.0.1:${await freePort('127.0.0.1')}/none`
    const { sluice } = await start({ rows: { folder: join(folder, 'spool'), databaseUrl } })
    const headers = { authorization: 'Bearer sk-plain' }
    for (let at = 0; at < 3; at++) await sluice.send(CHAT, { body: chatBody(), headers })
    await sluice.logged(({ msg }) => String(msg).startsWith('the ledger cannot be written'))
    const ledger = { store: 'postgres', status: 'down', waiting_rows: ROWS }
    const { json } = await sluice.send('/health', asAdmin)
    expect(json).toMatchObject({ backends: { ledger } })
    await expect.poll(() => existsSync(join(folder, 'spool', 'spool.db'))).toBe(true)
    expect((await sluice.send('/health', asAdmin)).json).toMatchObject({ backends: { ledger } })
  })

  it('says that Redis is down while this process replaces it', async () => {
    const port = await freePort('127.0.0.1')
    const { sluice } = await start({ redisUrl: `redis://127.0.0.1:${port}` })
    const { json } = await sluice.send('/health', asAdmin)
    expect(json).toMatchObject({ backends: { live: { store: 'redis', status: 'down' } } })
    expect((await scrape(sluice)).sum('sluice_live_store_up', { store: 'redis' })).toBe(0)
  })
})
