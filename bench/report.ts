/** Makes one table of all values, with the conditions under which they were taken. */
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { RATES, WARM_UP_MS } from './measures.ts'
import { type Row, rows } from './rows.ts'
import { type LaneName, LANES, type Subject } from './subject.ts'

/** The lowest value of all rounds, and what went wrong, by subject, lane, measure and value. */
export type Results = {
  note(subject: string, lane: LaneName, measure: string, values: Record<string, number>): void
  noteFault(subject: string, lane: LaneName, measure: string, fault: string): void
  lowest(subject: string, lane: LaneName, measure: string, value: string): number | undefined
  fault(subject: string, lane: LaneName, measure: string): string | undefined
}

const toKey = (...parts: string[]) => parts.join('|')

export const createResults = (): Results => {
  const values = new Map<string, number>()
  const faults = new Map<string, string>()
  return {
    note(subject, lane, measure, fresh) {
      for (const [name, value] of Object.entries(fresh)) {
        const key = toKey(subject, lane, measure, name)
        values.set(key, Math.min(value, values.get(key) ?? Number.POSITIVE_INFINITY))
      }
    },
    noteFault: (subject, lane, measure, fault) =>
      void faults.set(toKey(subject, lane, measure), fault),
    lowest: (subject, lane, measure, value) => values.get(toKey(subject, lane, measure, value)),
    fault: (subject, lane, measure) => faults.get(toKey(subject, lane, measure)),
  }
}

type Table = { results: Results; subjects: Subject[] }

const LANE_NAMES = Object.keys(LANES) as LaneName[]

/** In a cell where the gateway has no such lane. */
const NO_LANE = '—'
const NOT_PEERS = new Set(['direct', 'nginx', 'Sluice'])

const toLine = (cells: string[]) => `| ${cells.join(' | ')} |`

const toLaneLines = ({ results, subjects }: Table, row: Row, lane: LaneName): string[] => {
  const { measure, value, digits, unit, label } = row
  const withoutGateway = row.added ? (results.lowest('direct', 'chat', measure, value) ?? 0) : 0
  const valueOf = (subject: string, on: LaneName) => {
    const lowest = results.lowest(subject, on, measure, value)
    return lowest === undefined ? undefined : lowest - withoutGateway
  }
  const nginx = valueOf('nginx', 'chat')
  const toCell = ({ name, launch, lanes }: Subject) => {
    const own = valueOf(name, lane)
    if (own === undefined && results.fault(name, lane, measure)) return 'failed'
    if (own === undefined) return launch && !row.once && !lanes[lane] ? NO_LANE : ''
    const shown = own.toFixed(digits)
    if (!row.ratio || nginx === undefined || name === 'nginx') return shown
    return `${shown} (${(own / nginx).toFixed(1)}×)`
  }
  const cells = subjects.map(toCell)
  if (cells.every((cell) => cell === '' || cell === NO_LANE)) return []
  const own = valueOf('Sluice', lane)
  const aims = row.aims?.[LANES[lane].relayed ? 'relayed' : 'translated'] ?? []
  const peers = subjects
    .filter(({ name }) => !NOT_PEERS.has(name))
    .flatMap(({ name }) => valueOf(name, lane) ?? valueOf(name, 'chat') ?? [])
  const verdicts = aims.map(({ text, reached }) => {
    if (own === undefined) return text
    const is = reached({ own, nginx, peers })
    return is === undefined ? text : `${text}: ${is ? 'yes' : '**no**'}`
  })
  return [
    toLine([`${label}, ${unit}`, row.once ? '' : LANES[lane].label, ...cells, verdicts.join('; ')]),
  ]
}

const toFaultLines = ({ results, subjects }: Table): string[] => {
  const names = [...new Set(rows.map(({ measure }) => measure))]
  return subjects.flatMap(({ name }) =>
    LANE_NAMES.flatMap((lane) =>
      names.flatMap((measure) => {
        const fault = results.fault(name, lane, measure)
        return fault ? [`- ${name}, ${LANES[lane].label}, ${measure}: ${fault}`] : []
      }),
    ),
  )
}

/** What is missing in the table, and why. */
const toGapLines = (subjects: Subject[]): string[] =>
  subjects.flatMap(({ name, lanes, cannot }) => {
    const missing = LANE_NAMES.filter((lane) => !lanes[lane]).map((lane) => LANES[lane].label)
    if (missing.length === 0 || !cannot) return []
    return [`- ${name}: ${cannot} Not measured: ${missing.join('; ')}.`]
  })

const toConditions = (subjects: Subject[], rounds: number, scale: number): string[] => {
  const cpu = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  const versions = subjects.map((subject) => `${subject.name} ${subject.version()}`)
  const firstRoundOnly = subjects.filter((each) => each.firstRoundOnly).map(({ name }) => name)
  return [
    `- ${new Date().toISOString().slice(0, 10)}; ${cpu}, ${cpus().length} cores, ${memoryGb} GB; ` +
      `Linux ${release()}; Node ${process.version} for every Node program.`,
    `- ${versions.join(', ')}.`,
    `- Loopback. The gateway has core 0, load and scripted upstream share core 1. ` +
      `${rounds} round${rounds > 1 ? 's' : ''} over all subjects, interleaved; each value is the lowest of ` +
      `its rounds${scale === 1 ? '' : `; durations times ${scale}`}.`,
    `- CPU: user and system time of the gateway's whole process tree from \`/proc\`, after a warm-up (${WARM_UP_MS / 1000} s of calls of 2 KB, ${WARM_UP_MS / 2000} s of 100 KB, ${WARM_UP_MS / 4000} s of bursts). ` +
      `Memory: resident size of the same tree; stalled readers: above what it was after a second of requests.`,
    `- Requests: an agent's turns with tools, over ${RATES.connections} connections, one after another; ` +
      `latency at ${RATES.latencyPerSecond} requests of 2 KB a second, whether or not the last is answered. ` +
      `Paced: ${RATES.pacedStreams} streams of ${RATES.pacedPerSecond} tokens a second. Bursts: ` +
      `${RATES.burstTokens} tokens as fast as they go, on ${RATES.burstConnections} connections. ` +
      `Slow streams: one token a second; where WebSockets are compared with them, two, and one call on each ` +
      `socket, in one round only. Lanes of Responses and Gemini: half the time.`,
    `- Every answer is checked for status, number of tokens and its last bytes; one wrong answer fails the run.`,
    `- Sluice asks for a key, routes, counts usage, prices and metrics, and writes a log line and a row of its ledger for each call; nginx (one worker, ` +
      `keep-alive upstream, no buffering), claude-code-router (level info) and LiteLLM log too, Portkey does not.`,
    ...(firstRoundOnly.length > 0
      ? [`- ${firstRoundOnly.join(', ')} in the first round only: one takes as long as all others.`]
      : []),
    `- Ratios are to nginx relaying chat. Jitter is how far a gap is from the upstream's pace; ` +
      `latency is what is added to a call without a gateway.`,
  ]
}

/** @param missing the subjects that cannot be measured on this machine, each with the reason. */
export const toReport = (
  table: Table,
  rounds: number,
  scale: number,
  missing: readonly string[],
): string => {
  const measured = table.subjects.filter(({ launch }) => launch)
  const head = ['', 'lane', ...table.subjects.map(({ name }) => name), 'aim for Sluice']
  const faults = toFaultLines(table)
  return [
    '# Speed, measured side by side',
    '',
    ...toConditions(measured, rounds, scale),
    ...missing.map((each) => `- Not measured: ${each}.`),
    '',
    toLine(head),
    toLine(head.map((_, index) => (index < 2 || index === head.length - 1 ? '---' : '---:'))),
    ...rows.flatMap((row) => LANE_NAMES.flatMap((lane) => toLaneLines(table, row, lane))),
    '',
    `What a gateway cannot do (${NO_LANE}), or was not set up for:`,
    '',
    ...toGapLines(measured),
    '- Stalled readers are asked of nginx and Sluice alone, WebSockets of Sluice alone.',
    ...(faults.length > 0 ? ['', 'What failed in some round:', '', ...faults] : []),
    '',
  ].join('\n')
}
