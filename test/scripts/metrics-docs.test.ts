/** docs/metrics.md lists every metric, with its labels. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FAMILIES } from '../../src/telemetry/metrics/families.ts'

const PAGE = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')

it('docs/metrics.md lists the metrics that there are', () => {
  const rows = [...PAGE.matchAll(/^\| `(sluice_\w+)` \| (\w+) \| (.*?) *\| (.+) \|$/gm)].map(
    ([, name = '', type, labels = '', help]) => [
      name,
      { type, help, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) },
    ],
  )
  expect(rows).toEqual(Object.entries(FAMILIES))
})

it('docs/metrics.md explains every label', () => {
  const explained = new Set(
    [...PAGE.matchAll(/^\| `(\w+)`(?: of \w+)? \|/gm)].map(([, name]) => name),
  )
  for (const { labels } of Object.values(FAMILIES))
    for (const label of labels) expect(explained).toContain(label)
})
