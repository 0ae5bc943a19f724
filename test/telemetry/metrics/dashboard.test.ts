/** The dashboard asks for nothing that a running Sluice does not have. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parser } from '@prometheus-io/lezer-promql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHouse } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { CACHE } from '../../tools/gateway/cached-house.ts'
import {
  callEverything,
  DASHBOARD_QUERIES,
  DASHBOARD_VARIABLES,
  fillQuery,
  SELDOM,
  WITHOUT_PRICE,
} from '../../tools/telemetry/dashboard.ts'
import { ADMIN, scrape, type Series } from '../../tools/telemetry/scrape.ts'

interface Selected {
  readonly metric: string
  readonly labels: readonly string[]
}

/** @throws if it is not PromQL. */
const readQuery = (query: string) => {
  const selected: Selected[] = []
  const grouped: string[] = []
  const textOf = ({ from, to }: { readonly from: number; readonly to: number }): string =>
    query.slice(from, to)
  parser.parse(query).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`'${query}' is not PromQL at ${node.from}.`)
      if (node.name === 'VectorSelector') {
        const name = node.node.getChild('Identifier')
        const labels: string[] = []
        node.node.cursor().iterate((inner) => {
          if (inner.name === 'LabelName') labels.push(textOf(inner))
        })
        selected.push({ metric: name ? textOf(name) : '', labels })
      }
      if (node.name === 'GroupingLabels')
        node.node.cursor().iterate((inner) => {
          if (inner.name === 'LabelName') grouped.push(textOf(inner))
        })
    },
  })
  return { selected, grouped }
}

let series: readonly Series[] = []
const folder = mkdtempSync(join(tmpdir(), 'sluice-dashboard-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A Sluice that has met everything that is counted. */
const prepare = async (): Promise<readonly Series[]> => {
  const { sluice, upstream } = await startHouse({
    adminKeys: [ADMIN],
    rows: { folder },
    openai: { health: { everyMs: 20, timeoutMs: 5_000 } },
    cache: CACHE,
    upstream: { models: [WITHOUT_PRICE] },
  })
  await callEverything(sluice, upstream)
  await sluice.logged(isCall)
  await sluice.logged(({ msg }) => msg === 'its health check succeeds')
  await scrape(sluice)
  return (await scrape(sluice)).series
}

beforeAll(async () => {
  series = await prepare()
})

const expectSeries = ({ metric, labels }: Selected, grouped: readonly string[] = []): void => {
  const named = series.filter(({ name }) => name === metric)
  if (named.length === 0 && SELDOM.has(metric)) return
  expect(named, `${metric} does not exist`).not.toEqual([])
  for (const label of [...labels, ...grouped])
    expect(Object.keys(named[0]?.labels ?? {}), `${metric} has no ${label}`).toContain(label)
}

describe('the dashboard', () => {
  it.each(DASHBOARD_QUERIES)('asks for what there is: $title, $expr', ({ expr, legendFormat }) => {
    const { selected, grouped } = readQuery(fillQuery(expr))
    expect(selected.length).toBeGreaterThan(0)
    for (const each of selected) expectSeries(each, grouped)
    // A legend can show only what is left of the labels.
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      expect(grouped).toContain(label)
  })

  it.each(DASHBOARD_VARIABLES)('offers what there is: $name', ({ definition }) => {
    const [, selector = '', label = ''] =
      /^label_values\((.+), (\w+)\)$/.exec(fillQuery(definition)) ?? []
    const { selected } = readQuery(selector)
    for (const each of selected) expectSeries(each, [label])
  })

  it('has every metric that is not about the process', () => {
    const asked = new Set(
      DASHBOARD_QUERIES.flatMap(({ expr }) =>
        readQuery(fillQuery(expr)).selected.map(({ metric }) => metric),
      ),
    )
    const bare = [...asked].map((name) => name.replace(/_bucket$/, ''))
    const all = series
      .map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, ''))
      .filter((name) => name.startsWith('sluice_'))
    expect(new Set(bare.filter((name) => name.startsWith('sluice_')))).toEqual(new Set(all))
  })

  it('is read with all labels of a query', () => {
    const query = 'sum by (le, a) (rate(x_bucket{b=~".*", c!="d"}[5m])) / sum(y)'
    expect(readQuery(query)).toEqual({
      selected: [
        { metric: 'x_bucket', labels: ['b', 'c'] },
        { metric: 'y', labels: [] },
      ],
      grouped: ['le', 'a'],
    })
  })

  it.each(['sum(', 'rate(x[5m]', 'sum by (a (b)', '{'])(
    'a query that is none fails: %s',
    (query) => {
      expect(() => readQuery(query)).toThrow('is not PromQL')
    },
  )
})
