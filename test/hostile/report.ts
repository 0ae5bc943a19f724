/** The run as a table. */
import type { Outcome, Usual } from './play.ts'

const COLUMNS = [
  ['attack', (outcome) => outcome.attack.name],
  ['good calls', ({ calls }) => String(calls)],
  ['worst delay', ({ worstDelayMs }) => `${Math.round(worstDelayMs)} ms`],
  ['less waits for a CPU', ({ servedDelayMs }) => `${Math.round(servedDelayMs)} ms`],
  ['loop stop', ({ peaks }) => `${Math.round(peaks.stopMs)} ms`],
  ['/health', ({ healthMs }) => `${Math.round(healthMs)} ms`],
  ['resident', ({ peaks }) => `${Math.round(peaks.residentMb)} MB`],
  ['heap', ({ peaks }) => `${Math.round(peaks.heapMb)} MB`],
  ['verdict', ({ faults }) => (faults.length === 0 ? 'holds' : 'FAILS')],
] as const satisfies readonly (readonly [string, (outcome: Outcome) => string])[]

export const toTable = (outcomes: readonly Outcome[]): string => {
  const rows = [
    COLUMNS.map(([title]) => title as string),
    ...outcomes.map((outcome) => COLUMNS.map(([, read]) => read(outcome))),
  ]
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export const toUsualLines = (usual: Usual): string =>
  [...usual].map(([kind, ms]) => `  ${kind}: ${Math.round(ms)} ms`).join('\n')
