/** What is counted, by labels: a bounded number of rows, whatever callers send. */
import { FAMILIES, type FamilyName, type Labels, type Reading, type Sample } from '../families.ts'

/** Of one family. */
const MAX_ROWS = 1_000

/** Counts what found no row of its own. */
const OTHER = 'other'

interface Rows<Value> {
  /** @param key differs for rows that differ in any label. */
  at(key: string, toLabels: () => Labels): Value
  read(toSamples: (value: Value, labels: Labels) => readonly Sample[]): Reading
}

export const createRows = <Value>(
  name: FamilyName,
  make: () => Value,
  maxRows = MAX_ROWS,
): Rows<Value> => {
  const rows = new Map<string, { readonly labels: Labels; readonly value: Value }>()
  const add = (key: string, labels: Labels): Value => {
    const value = make()
    rows.set(key, { labels, value })
    return value
  }
  const rest = (): Value =>
    rows.get(OTHER)?.value ??
    add(OTHER, Object.fromEntries(FAMILIES[name].labels.map((label) => [label, OTHER])))

  return {
    at: (key, toLabels) =>
      rows.get(key)?.value ?? (rows.size < maxRows ? add(key, toLabels()) : rest()),
    read: (toSamples) => ({
      name,
      samples: [...rows.values()].flatMap(({ value, labels }) => toSamples(value, labels)),
    }),
  }
}

/** One number for each row. */
export interface Counts {
  add(key: string, toLabels: () => Labels, more?: number): void
  read(): Reading
}

/** A number in an array is written in place. */
export const createCounts = (name: FamilyName): Counts => {
  const rows = createRows(name, () => new Float64Array(1))
  return {
    add: (key, toLabels, more = 1) => addTo(rows.at(key, toLabels), 0, more),
    read: () => rows.read((count, labels) => [{ labels, value: count[0] ?? 0 }]),
  }
}

/** The numbers of upstreams may be anything, and a counter never falls. */
export const addTo = (count: Float64Array, at: number, more: number): void => {
  if (more > 0 && more < Infinity) count[at] = (count[at] ?? 0) + more
}
