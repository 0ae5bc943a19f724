/** What was found, in lines for a terminal. */
import type { JsonObject } from '#model'
import { toName } from '../rows/table.ts'
import type { Answered } from './ask.ts'
import type { Finding } from './finding.ts'

export interface Report {
  /** There is no warning, everybody who was asked answers, and the call has a target. */
  readonly ok: boolean
  /** Null: the configuration is in the environment alone. */
  readonly file: string | null
  readonly findings: readonly Finding[]
  /** Empty if nobody was asked. */
  readonly upstreams: readonly Answered[]
  readonly stores: readonly Answered[]
  /** As `GET /admin/routes/explain` answers. Null if no model was named. */
  readonly route: JsonObject | null
}

export const toLines = (report: Report): string => {
  const { file, findings, upstreams, stores, route } = report
  return [
    `configuration: ${file ?? 'the environment'}`,
    ...findings.map(({ level, subject, message }) => `${level}: ${subject}: ${message}`),
    ...[...upstreams, ...stores].map(
      ({ name, ok, message }) => `${ok ? 'ok' : 'warning'}: ${name}: ${message}`,
    ),
    ...(route ? toRouteLines(route as unknown as Route) : []),
    ...(report.ok ? ['nothing is wrong'] : []),
  ]
    .map(toName)
    .join('\n')
}

interface Route {
  readonly model: string
  readonly protocol: string
  readonly needs: readonly string[]
  readonly steps: readonly { name: string; by: string; leads_to: readonly string[] }[]
  readonly targets: readonly RouteTarget[]
  readonly error: { readonly message: string } | null
}

interface RouteTarget {
  readonly target: string
  readonly order: number | null
  readonly permitted: boolean
  readonly lane: string
  readonly lacks: readonly { need: string; source: string; refuses: boolean }[]
}

const toRouteLines = ({ model, protocol, needs, steps, targets, error }: Route): string[] => [
  `a call of '${model}' in ${protocol}${needs.length > 0 ? ` that needs ${needs.join(', ')}` : ''}:`,
  ...steps.map(
    ({ name, by, leads_to: leadsTo }) =>
      `  ${name}: ${by}${leadsTo.length > 0 ? ` -> ${leadsTo.join(', ')}` : ''}`,
  ),
  ...targets.toSorted(byOrder).map(toTargetLine),
  ...(error ? [`  fails: ${error.message}`] : []),
]

const byOrder = (one: RouteTarget, other: RouteTarget): number =>
  (one.order ?? Infinity) - (other.order ?? Infinity) || 0

const toTargetLine = ({ target, order, permitted, lane, lacks }: RouteTarget): string => {
  const reasons = [
    ...(permitted ? [] : ['not permitted']),
    ...lacks.map(({ need, source }) => `lacks ${need} (${source})`),
  ]
  const place = order === null ? '  skipped' : `  ${order}.`
  const how = lane === 'relay' ? 'relayed' : 'translated'
  return `${place} ${target}, ${[how, ...reasons].join(', ')}`
}
