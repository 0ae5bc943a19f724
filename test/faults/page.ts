/** Writes docs/faults.md from what the run has seen. */
import { attemptsOf } from './table/judge.ts'
import type { ToldError } from './table/dialects.ts'
import type { Column } from './table/errors-page.ts'
import type { Fault } from './table/faults.ts'
import type { LateFault, Lie } from './table/late-faults.ts'
import type { Outcome } from './table/run.ts'
import type { Way } from './table/ways.ts'

export interface Found<Row> {
  readonly fault: Row
  readonly outcomes: readonly Outcome[]
}

export interface StormRow {
  readonly what: string
  readonly settings: string
  readonly calls: number
  readonly failed: number
  readonly isQuick: boolean
}

export interface Findings {
  readonly early: readonly Found<Fault>[]
  readonly late: readonly Found<LateFault>[]
  readonly lies: readonly Found<Lie>[]
  readonly storms: readonly StormRow[]
}

const INTRODUCTION = `<!-- Written by \`npm run faults -- -u\` from what the calls of the run have come to. -->

# Faults of upstreams

Each row is a fault that a real server made in the run of \`npm run faults\`. The run sends a call to it by every route that
asks an upstream, on both lanes, streamed and not, over HTTP and on sockets. It compares what each client reads with
[errors.md](errors.md), and each attempt, log line and row of the ledger with the documentation.`

const SECOND = (calls: number): string =>
  `**With a healthy second target** in the alias, none of these calls fails. The run has sent ${calls} of them. Each was
answered by the second target, in the second attempt, after the time in the table. The second target speaks another
protocol, so the call changes its lane, except in Realtime and in the background. Only a token count has one target.`

const EARLY_NOTES = `- The cells of a dialect are what a client reads: the status, then \`type\` and \`code\` (OpenAI), \`type\` (Anthropic) or
  \`status\` (Gemini). Sockets use OpenAI's. If the upstream speaks the client's dialect, its own words are relayed.
- *Attempts* are those of a call with one target, with \`retries.max: 2\`. A token count is always asked for once.
- *After* is the setting that ends the wait: \`connect_ms\`, \`first_event_ms\` for streams and runs in the background, and
  \`first_byte_ms\` for other complete answers. All other failures are known at once: *2 waits* are
  those before the retries (\`retries.base_ms\`).
- *Cost* is what the ledger says of each attempt: nothing, or an estimate if a status of success had arrived.
- What is not recognised as one of these is an answer. A relayed object of another shape reaches the client as it is, and
  so does an event that is not JSON, except on sockets and in Completions.
- A list of models is answered in any case. A provider that fails is not in it, and delays it by 2 s at most.`

const LATE_INTRODUCTION = `The client has the status 200 and a part of the text, so nothing is tried again. The table has what the last event of each
stream says. Each stream is legal in its protocol, and the ledger has an estimate of what was used.`

const LIES_INTRODUCTION = `An upstream may report a usage that cannot be true. The client of a relayed answer receives it unchanged.
In the log, in the ledger and for the limits an estimate takes its place, and the row is marked as \`estimated\`. What
could be true is believed.`

const STORMS_INTRODUCTION = `The first target of an alias fails in one way for as long as the run lasts, and the second one works. Calls
in three dialects, two of three of them streamed, arrive at a steady rate. The calls with which Sluice finds out are among those
that count. A healthy answer takes 300 ms, and the first event of a stream 60 ms. The healthy time is the median of the same
calls to targets that all work, at the same time. On a machine that is too busy to keep it, it is their slowest 1 %.`

const STORMS_NOTE = `A target that is silent costs the calls that are sent to it until the breaker opens their deadline, and one call whenever it is
tried again. 99 % of calls stay within 1.5 times the healthy time if the deadlines are short, compared with the storm:

- A stream waits for \`first_event_ms\`. With a third of the healthy time, no stream takes longer than 1.5 times.
- A complete answer waits for \`first_byte_ms\`, which cannot be shorter than the time of an answer. So every call that
  waits takes longer. They are 1 % of the calls or fewer if the outage lasts a hundred times as long as it takes to
  notice it: \`first_byte_ms\`, or \`first_event_ms\` if the same target has streams too. Here it lasts 30 s.
- The defaults are 10 and 60 minutes, because models may think for long. They protect nobody from silence: set the deadlines
  of a target that has a fallback.`

export const toPage = ({ early, late, lies, storms }: Findings): string =>
  `${[
    INTRODUCTION,
    '## Before the answer begins',
    table(
      ['The upstream', 'Code', 'OpenAI', 'Anthropic', 'Gemini', 'Attempts', 'After', 'Cost'],
      toGroups(early.map(toEarlyRow)),
    ),
    SECOND(
      early.reduce(
        (sum, { outcomes }) => sum + outcomes.filter(({ hasSecond }) => hasSecond).length,
        0,
      ),
    ),
    EARLY_NOTES,
    '## In the middle of a stream',
    LATE_INTRODUCTION,
    table(
      ['The upstream', 'Log', 'Chat', 'Responses', 'Messages', 'Gemini', 'Completions'],
      late.map(toLateRow),
    ),
    '## Usage that cannot be true',
    LIES_INTRODUCTION,
    table(
      ['It reports', 'The answer', 'The ledger'],
      lies.map(({ fault, outcomes }) => [
        fault.what,
        oneOf(outcomes.map(({ seen }) => String(seen.end))),
        oneOf(outcomes.map(({ row }) => (row?.estimated === 1 ? 'estimated' : 'as reported'))),
      ]),
    ),
    '## Storms',
    STORMS_INTRODUCTION,
    table(
      ['The first target', 'Settings', 'Calls', 'Failed', '99 % within 1.5 times'],
      storms.map(({ what, settings, calls, failed, isQuick }) => [
        what,
        settings,
        String(calls),
        String(failed),
        isQuick ? 'yes' : 'no',
      ]),
    ),
    STORMS_NOTE,
    '<details><summary>The routes of the run</summary>',
    table(['Route', 'Lanes', 'Streamed', 'Calls'], toRouteRows(early)),
    '</details>',
  ].join('\n\n')}\n`

const mark = (text: string): string => `\`${text}\``

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** All say the same, or the page says each. */
const oneOf = (texts: readonly string[]): string => [...new Set(texts)].join(' or ')

const SETTINGS = {
  connectMs: 'connect_ms',
  firstEventMs: 'first_event_ms',
  firstByteMs: 'first_byte_ms',
  idleMs: 'idle_ms',
  wholeMs: 'whole_ms',
} as const

/** Faults that come to the same are one row. */
const toGroups = (rows: readonly (readonly string[])[]): string[][] => {
  const groups = Map.groupBy(rows, ([, ...cells]) => cells.join(' | '))
  return [...groups].map(([cells, group]) => [group.map(([what]) => what).join('<br>'), cells])
}

const toEarlyRow = ({ fault, outcomes }: Found<Fault>): string[] => {
  const alone = outcomes.filter(({ hasSecond }) => !hasSecond)
  const costs = alone.filter(({ way }) => way.kind !== 'count')
  return [
    fault.what,
    mark(oneOf(alone.map(({ row }) => row?.outcome ?? ''))),
    ...(['openai', 'anthropic', 'gemini'] as const).map((column) => toCell(column, alone)),
    oneOf(costs.map(({ row }) => String(row?.attempts))),
    toWait(fault, costs),
    oneOf(costs.map(({ row }) => (row?.estimated === 1 ? 'estimated' : 'nothing'))),
  ]
}

/** What our own words are. Where the upstream speaks the client's dialect, its words are relayed. */
const toCell = (column: Column, outcomes: readonly Outcome[]): string => {
  const told = outcomes.filter(
    ({ way }) => way.dialect.column === column && way.kind !== 'background',
  )
  const translated = told.filter(({ way }) => way.lane === 'translate')
  return oneOf((translated.length > 0 ? translated : told).map(({ seen }) => toWords(seen.end)))
}

const toWords = (end: Outcome['seen']['end']): string => {
  if (typeof end === 'string') return end
  const { status, type, code }: Partial<ToldError> = end
  return [status, type && mark(type), code && mark(code)].filter(Boolean).join(' ')
}

const toWait = (fault: Fault, outcomes: readonly Outcome[]): string => {
  const { until, retryAfter } = fault
  if (until) return [...new Set(outcomes.map(({ way }) => mark(SETTINGS[until(way)])))].join(', ')
  const attempts = Math.max(...outcomes.map(({ way }) => attemptsOf(fault, way)))
  if (attempts === 1) return 'at once'
  return retryAfter === undefined
    ? `${attempts - 1} waits`
    : `${attempts - 1} times ${retryAfter} s`
}

const LATE_COLUMNS = ['Chat Completions', 'Responses', 'Messages', 'Gemini', 'Completions']

const toLateRow = ({ fault, outcomes }: Found<LateFault>): string[] => [
  fault.until === undefined ? fault.what : `${fault.what} (${mark(SETTINGS[fault.until])})`,
  oneOf(outcomes.map(({ row }) => mark(row?.outcome ?? ''))),
  ...LATE_COLUMNS.map((name) =>
    oneOf(
      outcomes
        .filter(({ way }) => way.dialect.name === name && way.kind === 'generate')
        .map(({ seen }) =>
          seen.end === 'cut' ? `${mark('length')}, ${mark('[DONE]')}` : toWords(seen.end),
        ),
    ),
  ),
]

const toRouteRows = (early: readonly Found<Fault>[]): string[][] => {
  const all = early.flatMap(({ outcomes }) => outcomes)
  const routes = Map.groupBy(all, ({ way }) => way.route)
  return [...routes].map(([route, outcomes]) => [
    mark(route),
    listOf(outcomes, ({ lane }) => lane),
    listOf(outcomes, ({ streamed }) => (streamed ? 'yes' : 'no')),
    String(outcomes.length),
  ])
}

const listOf = (outcomes: readonly Outcome[], read: (way: Way) => string): string =>
  [...new Set(outcomes.map(({ way }) => read(way)))].join(', ')
