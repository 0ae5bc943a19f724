/** Makes one table of all values, with the conditions under which they were taken. */
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { RATES } from './measures.ts'
import { type Row, rows } from './rows.ts'
import { type LaneName, LANES, type Subject } from './subjects.ts'

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

const toLine = (cells: string[]) => `| ${cells.join(' | ')} |`

const toLaneLines = ({ results, subjects }: Table, row: Row, lane: LaneName): string[] => {
  const { measure, value, digits, unit, label } = row
  const withoutGateway = row.added ? (results.lowest('direct', 'chat', measure, value) ?? 0) : 0
  const valueOf = (subject: string, on: LaneName) => {
    const lowest = results.lowest(subject, on, measure, value)
    return lowest === undefined ? undefined : lowest - withoutGateway
  }
  const nginx = valueOf('nginx', 'chat')
  const toCell = ({ name }: Subject) => {
    const own = valueOf(name, lane)
    if (own === undefined) return results.fault(name, lane, measure) ? 'failed' : ''
    const shown = own.toFixed(digits)
    if (!row.ratio || nginx === undefined || name === 'nginx') return shown
    return `${shown} (${(own / nginx).toFixed(1)}×)`
  }
  const cells = subjects.map(toCell)
  if (cells.every((cell) => cell === '')) return []
  const own = valueOf('Sluice', lane)
  const aims = row.aims?.[LANES[lane].relayed ? 'relayed' : 'translated'] ?? []
  const verdicts = aims.map(({ text, reached }) => {
    if (own === undefined) return text
    const is = reached({
      own,
      nginx,
      portkey: valueOf('Portkey', lane) ?? valueOf('Portkey', 'chat'),
    })
    return is === undefined ? text : `${text}: ${is ? 'yes' : '**no**'}`
  })
  return [
    toLine([`${label}, ${unit}`, row.once ? '' : LANES[lane].label, ...cells, verdicts.join('; ')]),
  ]
}

const toFaultLines = ({ results, subjects }: Table): string[] => {
  const names = [...new Set(rows.map(({ measure }) => measure))]
  return subjects.flatMap(({ name }) =>
    (Object.keys(LANES) as LaneName[]).flatMap((lane) =>
      names.flatMap((measure) => {
        const fault = results.fault(name, lane, measure)
        return fault ? [`- ${name}, ${LANES[lane].label}, ${measure}: ${fault}`] : []
      }),
    ),
  )
}

const toConditions = (subjects: Subject[], rounds: number, scale: number): string[] => {
  const cpu = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  const versions = subjects.map((subject) => `${subject.name} ${subject.version()}`)
  return [
    `- ${new Date().toISOString().slice(0, 10)}; ${cpu}, ${cpus().length} cores, ${memoryGb} GB; ` +
      `Linux ${release()}; Node ${process.version} for every Node program.`,
    `- ${versions.join(', ')}.`,
    `- Loopback. The gateway has core 0, load and scripted upstream share core 1. ` +
      `${rounds} round${rounds > 1 ? 's' : ''} over all subjects, interleaved; each value is the lowest of ` +
      `its rounds${scale === 1 ? '' : `; durations times ${scale}`}.`,
    `- CPU: user and system time of the gateway's whole process tree from \`/proc\`, after a warm-up. ` +
      `Memory: resident size of the same tree; stalled readers: above what it was after a second of requests.`,
    `- Requests: an agent's turns with tools, over ${RATES.connections} connections, one after another; ` +
      `latency at ${RATES.latencyPerSecond} requests of 2 KB a second, whether or not the last is answered. ` +
      `Paced: ${RATES.pacedStreams} streams of ${RATES.pacedPerSecond} tokens a second. Bursts: ` +
      `${RATES.burstTokens} tokens as fast as they go, on ${RATES.burstConnections} connections. ` +
      `Slow streams: one token a second; where WebSockets are compared with them, two, and one call on each ` +
      `socket, in one round only. Lanes of Responses and Gemini: half the time.`,
    `- Every answer is checked for status, number of tokens and its last bytes; one wrong answer fails the run.`,
    `- Sluice asks for a key, routes, counts usage and logs each call to a file; nginx (one worker, ` +
      `keep-alive upstream, no buffering) and claude-code-router (level info) log too, Portkey does not.`,
    `- Ratios are to nginx relaying chat. Jitter is how far a gap is from the upstream's pace; ` +
      `latency is what is added to a call without a gateway.`,
  ]
}

export const toReport = (table: Table, rounds: number, scale: number): string => {
  const measured = table.subjects.filter(({ launch }) => launch)
  const head = ['', 'lane', ...table.subjects.map(({ name }) => name), 'aim for Sluice']
  const faults = toFaultLines(table)
  return [
    '# Speed, measured side by side',
    '',
    ...toConditions(measured, rounds, scale),
    '',
    toLine(head),
    toLine(head.map((_, index) => (index < 2 || index === head.length - 1 ? '---' : '---:'))),
    ...rows.flatMap((row) =>
      (Object.keys(LANES) as LaneName[]).flatMap((lane) => toLaneLines(table, row, lane)),
    ),
    ...(faults.length > 0 ? ['', 'What failed in some round:', '', ...faults] : []),
    '',
  ].join('\n')
}
