/** Prints a report of usage, from the database that the server writes. */
import type { Flags } from '#config'
import { toDecimal } from '#model'
import { readUsage, toUsageQuery, type UsageReport } from '#usage'
import { readRows, runWithPlace } from './read-rows.ts'
import { toName, toTable } from './table.ts'

export interface UsageFlags extends Flags {
  readonly by?: string
  readonly since?: string
  readonly json?: boolean
  readonly csv?: boolean
}

export const printUsage = (flags: UsageFlags): Promise<void> =>
  runWithPlace(flags, async (place) => {
    const query = toUsageQuery(flags)
    const report = await readRows(place, 'ledger', (rows) => readUsage(rows, query))
    if (flags.json) return JSON.stringify(report, null, 2)
    return flags.csv ? toCsv(report) : toLines(report, query.by)
  })

type Line = UsageReport['total'] & { readonly key?: string | null }

const FIELDS = [
  'calls',
  'input_tokens',
  'output_tokens',
  'cost',
  'unpriced_calls',
  'cached_calls',
  'saved',
] as const

const toCsv = ({ data }: UsageReport): string =>
  [
    ['key', ...FIELDS].join(','),
    ...data.map((line) =>
      [line.key ?? '', ...FIELDS.map((field) => line[field] ?? '')].map(toCell).join(','),
    ),
  ].join('\n')

/** A name that a program for tables would take for a formula is only text. */
const toCell = (value: string | number): string => {
  if (typeof value === 'number') return toDecimal(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const toLines = ({ data, total }: UsageReport, by: string): string => {
  const usesCache = total.cached_calls > 0
  const toRow = (name: string, line: Line): string[] => [
    name,
    ...(['calls', 'input_tokens', 'output_tokens'] as const).map((field) => String(line[field])),
    toDollars(line.cost),
    String(line.unpriced_calls),
    ...(usesCache ? [String(line.cached_calls), toDollars(line.saved)] : []),
  ]
  return toTable(
    [
      [by, 'calls', 'input tokens', 'output tokens', 'cost in US $', 'unpriced calls'].concat(
        usesCache ? ['cached calls', 'saved in US $'] : [],
      ),
      ...data.map((line) => toRow(line.key === null ? '(none)' : toName(line.key), line)),
      toRow('total', total),
    ],
    1,
  )
}

const toDollars = (amount: number | null): string =>
  amount === null ? 'unknown' : amount.toFixed(6)
