/** Prints a report of usage, from the database that the server writes. */
import { type Flags, loadConfig } from '#config'
import { GatewayError } from '#model'
import { createRows } from '#stores'
import { readUsage, toUsageQuery, type UsageReport } from '#usage'
import { EXIT, print, say } from './exit.ts'
import { toSentences } from './start-errors.ts'

export interface UsageFlags extends Flags {
  readonly by?: string
  readonly since?: string
  readonly json?: boolean
  readonly csv?: boolean
}

export const printUsage = async (flags: UsageFlags): Promise<void> => {
  try {
    const query = toUsageQuery(flags)
    const { options } = await loadConfig({ env: process.env, cwd: process.cwd(), flags })
    const report = await read(options.rows, query)
    if (flags.json) print(JSON.stringify(report, null, 2))
    else print(flags.csv ? toCsv(report) : toTable(report, query.by))
  } catch (error) {
    const sentences = error instanceof GatewayError ? [error.message] : toSentences(error)
    if (!sentences) throw error
    say(...sentences)
    process.exitCode = EXIT.misuse
  }
}

const read = async (
  options: Parameters<typeof createRows>[0] | undefined,
  query: ReturnType<typeof toUsageQuery>,
): Promise<UsageReport> => {
  if (!options) throw new GatewayError('not_found', 'There is no ledger.')
  const rows = createRows(options)
  try {
    return await readUsage(rows, query)
  } catch (error) {
    throw new GatewayError('at_capacity', `The ledger cannot be read: ${messageOf(error)}.`)
  } finally {
    await rows.close()
  }
}

const messageOf = (error: unknown): string => {
  const { message, code } = error as { message?: unknown; code?: unknown }
  return String(message || code || error)
}

type Line = UsageReport['total'] & { readonly key?: string | null }

const FIELDS = ['calls', 'input_tokens', 'output_tokens', 'cost', 'unpriced_calls'] as const

const toCsv = ({ data }: UsageReport): string =>
  [
    ['key', ...FIELDS].join(','),
    ...data.map((line) =>
      [line.key ?? '', ...FIELDS.map((field) => line[field] ?? '')].map(toCell).join(','),
    ),
  ].join('\n')

/** A name that a program for tables would take for a formula is only text. */
const toCell = (value: string | number): string => {
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const toTable = ({ data, total }: UsageReport, by: string): string => {
  const rows = [
    [by, 'calls', 'input tokens', 'output tokens', 'cost in US $', 'unpriced calls'],
    ...data.map((line) => toRow(toName(line.key), line)),
    toRow('total', total),
  ]
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  return rows
    .map(([first = '', ...rest]) =>
      [
        first.padEnd(widths[0] ?? 0),
        ...rest.map((cell, at) => cell.padStart(widths[at + 1] ?? 0)),
      ].join('  '),
    )
    .join('\n')
}

/** Names are of clients, and must not steer the terminal. */
const toName = (key: string | null): string =>
  // oxlint-disable-next-line no-control-regex
  key === null ? '(none)' : key.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?')

const toRow = (name: string, line: Line): string[] => [
  name,
  ...(['calls', 'input_tokens', 'output_tokens'] as const).map((field) => String(line[field])),
  line.cost === null ? 'unknown' : toDecimal(line.cost),
  String(line.unpriced_calls),
]

/** Plain, to a millionth. */
const toDecimal = (cost: number): string => cost.toFixed(6)
