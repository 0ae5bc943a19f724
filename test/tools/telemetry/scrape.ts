/** Reads the metrics of a running Sluice with a parser that is not ours. */
import parse from 'parse-prometheus-text-format'
import type { House } from '../app/house.ts'
import type { Received } from '../app/send.ts'

export const ADMIN = 'sk-admin-0123456789'

type Labels = Readonly<Record<string, string>>

export interface Series {
  /** `sluice_overhead_seconds_bucket` */
  readonly name: string
  readonly labels: Labels
  readonly value: number
}

export interface Scraped {
  readonly series: readonly Series[]
  readonly families: ReadonlyMap<string, { readonly type: string; readonly help: string }>
  /** The sum of all series of this name that have these labels. */
  sum(name: string, labels?: Labels): number
  /** All values of a label. */
  valuesOf(name: string, label: string): readonly string[]
}

export const readMetrics = (
  sluice: House,
  headers: Record<string, string> = {},
): Promise<Received> =>
  sluice.send('/metrics', { headers: { authorization: `Bearer ${ADMIN}`, ...headers } })

export const scrape = async (sluice: House): Promise<Scraped> =>
  parseText((await readMetrics(sluice)).text)

/** The parser keeps only one row of a histogram, so a histogram's samples are read as if they had no type. */
const toUntyped = (text: string): string => text.replace(/^(# TYPE \S+) histogram$/gm, '$1 untyped')

export const parseText = (text: string): Scraped => {
  const series = parse(toUntyped(text)).flatMap(({ name, metrics }) =>
    metrics.map(({ labels = {}, value }): Series => ({ name, labels, value: Number(value) })),
  )
  const named = (name: string): readonly Series[] => series.filter((each) => each.name === name)
  return {
    series,
    families: new Map(parse(text).map(({ name, type, help }) => [name, { type, help }])),
    sum: (name, labels = {}) =>
      named(name)
        .filter((each) =>
          Object.entries(labels).every(([label, value]) => each.labels[label] === value),
        )
        .reduce((sum, { value }) => sum + value, 0),
    valuesOf: (name, label) => [...new Set(named(name).map(({ labels }) => labels[label] ?? ''))],
  }
}
