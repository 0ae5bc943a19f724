/** The rests as a table, and what grows. */
import { BOUNDS, type Finding, type Measure, type Rest } from './verdict.ts'

const MB = 1024 * 1024
const NAMES = Object.keys(BOUNDS) as Measure[]

const isBytes = (measure: Measure): boolean => 'isBytes' in BOUNDS[measure]

const toCell = (measure: Measure, value: number): string =>
  isBytes(measure) ? (value / MB).toFixed(2) : String(value)

const toTitle = (measure: Measure): string => (isBytes(measure) ? `${measure} MB` : measure)

export const toHead = (): string => ['calls', 'calls/s', ...NAMES.map(toTitle)].join(' | ')

export const toRow = ({ calls, values }: Rest, perSecond: number): string =>
  [
    String(calls).padStart('calls'.length),
    perSecond.toFixed(0).padStart('calls/s'.length),
    ...NAMES.map((name) => toCell(name, values[name]).padStart(toTitle(name).length)),
  ].join(' | ')

const toAmount = (measure: Measure, value: number): string =>
  isBytes(measure) ? `${(value / 1024).toFixed(0)} KB` : value.toFixed(1)

export const toVerdict = ({ measure, growth, allowed, perCall, grows }: Finding): string => {
  const each = isBytes(measure)
    ? `${perCall.toFixed(1)} bytes a call`
    : `${(perCall * 1000).toFixed(2)} in 1000 calls`
  return `${grows ? 'GROWS' : 'flat '} ${measure}: ${toAmount(measure, growth)} (${each}), allowed ${toAmount(measure, allowed)}`
}
