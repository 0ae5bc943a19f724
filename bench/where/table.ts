/** Writes where the time went: a table by step and room, and for each scenario its dearest functions. */
import { cpus, release } from 'node:os'
import type { Attribution } from './attribute.ts'
import type { Scenario } from './scenarios.ts'
import { stepNames } from './steps.ts'
import { type Threads, unitsIn } from './watch.ts'

export type Spent = {
  scenario: Scenario
  /** CPU of one, from `/proc`, without the profiler and with it. */
  plainUs: number
  profiledUs: number
  nginxUs: number | undefined
  attribution: Attribution
  threads: Threads
  /** What was allocated in V8's heap, in another window, of so many. */
  heap: Attribution
  heapUnits: number
}

const MOST_FUNCTIONS = 25
const MOST_NATIVES = 4

/** What is not worth a row in any scenario. */
const LEAST_SHARE = 0.002

const toLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

/** How many calls or tokens there were while the profiler ran. */
const unitsOf = ({ threads, profiledUs }: Spent) => unitsIn(threads, profiledUs)

/** Of the main thread's CPU time, how much the samples stand for: more than all where others were at its core. */
const seenOf = ({ attribution, threads }: Spent) => attribution.spent / threads.mainUs

/** From the time of samples to the CPU time of one call or token. */
const perUnitOf = (spent: Spent) => 1 / (unitsOf(spent) * Math.max(1, seenOf(spent)))

/** Of one, by the name of its row. */
const rowsOf = (spent: Spent): Map<string, number> => {
  const { attribution, threads } = spent
  const units = unitsOf(spent)
  const perUnit = perUnitOf(spent)
  const rows = new Map<string, number>()
  const add = (name: string, us: number) => rows.set(name, (rows.get(name) ?? 0) + us)
  for (const { step, room, spent: us } of attribution.steps.values())
    add(`${room}: ${step}`, us * perUnit)
  // Reads are made, and requests parsed, before any JavaScript is on the stack: the profiler takes it for idle.
  add('node: outside JavaScript', Math.max(0, threads.mainUs - attribution.spent) / units)
  add('node: collections and compilation on other threads', threads.collectorUs / units)
  add('node: the profiler', threads.profilerUs / units)
  add('node: other threads', threads.otherUs / units)
  return rows
}

const orderOf = (row: string): number => {
  const at = stepNames.findIndex((step) => row.endsWith(`: ${step}`))
  if (at >= 0) return at
  return row.startsWith('node: ') ? stepNames.length + 1 : stepNames.length
}

const toStepTable = (all: readonly Spent[]): string[] => {
  const columns = all.map((spent) => ({ spent, rows: rowsOf(spent) }))
  const names = [...new Set(columns.flatMap(({ rows }) => [...rows.keys()]))]
  const matters = (name: string) =>
    columns.some(({ spent, rows }) => (rows.get(name) ?? 0) > LEAST_SHARE * spent.profiledUs)
  const dearness = (name: string) => columns[0]?.rows.get(name) ?? 0
  const sorted = names
    .filter(matters)
    .toSorted((a, b) => orderOf(a) - orderOf(b) || dearness(b) - dearness(a))
  const toCell = (us: number | undefined, { scenario, profiledUs }: Spent) =>
    us === undefined
      ? ''
      : `${us.toFixed(scenario.digits)} (${((us / profiledUs) * 100).toFixed(1)}%)`
  const toTotal = (label: string, valueOf: (spent: Spent) => number | undefined) =>
    toLine([
      `**${label}**`,
      ...all.map((spent) => valueOf(spent)?.toFixed(spent.scenario.digits) ?? ''),
    ])
  const seen = all.map((spent) => `${Math.round(seenOf(spent) * 100)}%`)
  return [
    toLine(['room: step', ...all.map(({ scenario: { title, unit } }) => `${title}, µs a ${unit}`)]),
    toLine(['---', ...all.map(() => '---:')]),
    ...sorted.map((name) =>
      toLine([name, ...columns.map(({ spent, rows }) => toCell(rows.get(name), spent))]),
    ),
    toTotal('in all, with the profiler', ({ profiledUs }) => profiledUs),
    toTotal('in all, without it', ({ plainUs }) => plainUs),
    toTotal('nginx, relaying the same', ({ nginxUs }) => nginxUs),
    toLine(['samples, of the main thread’s CPU time', ...seen]),
  ]
}

const toFunctionTable = (spent: Spent): string[] => {
  const { scenario, attribution, profiledUs } = spent
  const perUnit = perUnitOf(spent)
  const toUs = (us: number) => (us * perUnit).toFixed(scenario.digits)
  const toNatives = (natives: ReadonlyMap<string, number>) =>
    [...natives]
      .filter(([, us]) => us * perUnit > LEAST_SHARE * profiledUs)
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, MOST_NATIVES)
      .map(([name, us]) => `${name} ${toUs(us)}`)
      .join(', ')
  return [
    '',
    `## ${scenario.title}: the dearest functions`,
    '',
    toLine(['function', 'where', 'step', `µs a ${scenario.unit}`, 'share', 'of it in Node']),
    toLine(['---', '---', '---', '---:', '---:', '---']),
    ...attribution.functions
      .slice(0, MOST_FUNCTIONS)
      .map(({ name, shown, step, spent: us, natives }) =>
        toLine([
          name,
          shown,
          step,
          toUs(us),
          `${(((us * perUnit) / profiledUs) * 100).toFixed(1)}%`,
          toNatives(natives),
        ]),
      ),
  ]
}

const toHeapTable = ({ scenario, heap, heapUnits }: Spent): string[] => {
  const toBytes = (bytes: number) => String(Math.round(bytes / heapUnits))
  return [
    '',
    `## ${scenario.title}: bytes allocated a ${scenario.unit}, ${toBytes(heap.spent)} in all`,
    '',
    toLine(['function', 'where', 'step', 'bytes', 'of it in Node']),
    toLine(['---', '---', '---', '---:', '---']),
    ...heap.functions.slice(0, MOST_FUNCTIONS).map(({ name, shown, step, spent, natives }) =>
      toLine([
        name,
        shown,
        step,
        toBytes(spent),
        [...natives]
          .toSorted(([, a], [, b]) => b - a)
          .slice(0, MOST_NATIVES)
          .map(([native, bytes]) => `${native} ${toBytes(bytes)}`)
          .join(', '),
      ]),
    ),
  ]
}

const toConditions = (intervalUs: number): string[] => [
  `- ${new Date().toISOString().slice(0, 10)}; ${cpus()[0]?.model}, ${cpus().length} cores; Linux ${release()}; ` +
    `Node ${process.version}.`,
  `- Sluice as it is built and as the bench runs it, under the bench's own load; one process a column. Its main ` +
    `thread is sampled every ${intervalUs} µs through the inspector once it is warm, and source maps say which file a ` +
    `function is from. A row is the time of that file's own functions, and of what they call in Node: a write to a ` +
    `socket counts for whoever writes.`,
  `- Helpers of every step (\`streams/\`, \`model/\`) count for whoever calls them. Where Node calls nobody of ours, ` +
    `the row is Node's. What is done before any JavaScript runs is not seen by the profiler: reads from sockets, the ` +
    `HTTP parser, the event loop. It is the CPU time of the thread less all that was seen.`,
  `- A sample is ${intervalUs} µs of some thousand: what is below a percent is a hint. Where the samples stand for more ` +
    `than the main thread's CPU time (the last row), others were at its core: rows are scaled down to it, and reads ` +
    `and the parser cannot be told from the rest. Shares are of all, with the profiler.`,
]

export const toReport = (all: readonly Spent[], intervalUs: number): string =>
  [
    '# Where the time of a call goes',
    '',
    ...toConditions(intervalUs),
    '',
    ...toStepTable(all),
    ...all.flatMap(toFunctionTable),
    ...all.filter(({ scenario }) => scenario.unit === 'call').flatMap(toHeapTable),
    '',
  ].join('\n')
