/** Each query of the dashboard has something to show, as Prometheus itself evaluates it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHouse } from '../../tools/app/house.ts'
import { CACHE } from '../../tools/gateway/cached-house.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import {
  callEverything,
  DASHBOARD_QUERIES,
  fillQuery,
  SELDOM,
  WITHOUT_PRICE,
} from '../../tools/telemetry/dashboard.ts'
import {
  canBuildPrometheus,
  evaluate,
  type Evaluated,
  type Scrape,
} from '../../tools/telemetry/promql/evaluate.ts'
import { ADMIN, scrape } from '../../tools/telemetry/scrape.ts'

const KEY = 'sk-of-a-caller'
const folder = mkdtempSync(join(tmpdir(), 'sluice-dashboard-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Two scrapes, as if a minute were between them. */
const scrapeTwice = async (): Promise<readonly Scrape[]> => {
  const redis = await startRedis()
  const { sluice, upstream } = await startHouse({
    adminKeys: [ADMIN],
    keys: [KEY],
    redisUrl: redis.url,
    callerLimits: { everyCaller: { requestsPerMinute: 1_000 } },
    rows: { folder },
    openai: { health: { everyMs: 20, timeoutMs: 5_000 } },
    cache: CACHE,
    upstream: { models: [WITHOUT_PRICE] },
  })
  await sluice.logged(({ msg }) => msg === 'its health check succeeds')
  // The metrics of the process begin with the first scrape.
  await scrape(sluice)
  const scrapes: Scrape[] = []
  const startMs = Date.now()
  for (const atMs of [startMs + 60_000, startMs + 120_000]) {
    await callEverything(sluice, upstream, { 'x-api-key': KEY })
    scrapes.push({ atMs, series: (await scrape(sluice)).series })
  }
  return scrapes
}

describe.runIf(withServers && canBuildPrometheus())('Prometheus', () => {
  const queries = DASHBOARD_QUERIES.map(({ expr }) => fillQuery(expr))
  let found: readonly Evaluated[] = []
  beforeAll(async () => {
    found = evaluate(await scrapeTwice(), queries)
  }, 600_000)

  it.each(DASHBOARD_QUERIES.map(({ title, expr }, at) => [title, expr, at] as const))(
    'evaluates %s: %s',
    (_, expr, at) => {
      const { error, warnings = [], samples = [] } = found[at] ?? {}
      expect(error).toBeUndefined()
      expect(warnings).toEqual([])
      if ([...SELDOM].some((name) => expr.includes(name))) return
      expect(samples).not.toEqual([])
      for (const { value } of samples) expect(Number(value)).toBeGreaterThanOrEqual(0)
    },
  )

  it('says what is wrong with a query', () => {
    const [broken, empty, odd] = evaluate([], ['sum(', 'nothing', 'rate(up[5m])'])
    expect(broken?.error).toContain('parse error')
    expect(empty?.samples).toEqual([])
    expect(odd?.error).toBeUndefined()
  })
})
