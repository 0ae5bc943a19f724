/**
 * What a second worker brings: two workers beside two programs of one process each, which share nothing. Both are on the
 * same two cores and have as many connections, so that only what workers have in common differs.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { type Gateway, startGateway } from './gateway.ts'
import { childrenOf, cpuNsOf } from './process-tree.ts'
import { insist, type Setting, toCall } from './setting.ts'
import { type LaneName, LANES, type Subject } from './subject.ts'
import { subjects } from './subjects.ts'
import type { startWorkbench } from './workbench.ts'

const MEASURED: LaneName[] = ['chat', 'messages to chat']
/** Of each process that serves. */
const CONNECTIONS = 32
const TURNS = 16
const TURN_MS = 1000
/** After the turns of the others, caches are cold and V8 may tidy up. */
const RESUME_MS = 400
/** Each process compiles the code for itself. */
const WARM_UP_MS = 8000
const ENDLESS = 1e9

/** This process is pinned to one of them. */
const CORES = cpus().length
/** Those of the processes that serve. The load and the upstream are on core 1. */
const [FIRST_CORE, SECOND_CORE] = CORES > 2 ? ['0', '2'] : ['0', '1']

const base = subjects.find(({ name }) => name === 'Sluice')!

const toSubject = (workers: number, cores: string): Subject => ({
  ...base,
  name: `${workers}`,
  cores,
  launch(place) {
    const { command, env } = base.launch!(place)
    return { command, env: { ...env, SLUICE_WORKERS: `${workers}` } }
  },
})

/** The programs of each variant. */
const VARIANTS = {
  alone: [toSubject(1, FIRST_CORE!)],
  apart: [toSubject(1, FIRST_CORE!), toSubject(1, SECOND_CORE!)],
  together: [toSubject(2, `${FIRST_CORE},${SECOND_CORE}`)],
}
type Variant = keyof typeof VARIANTS
const NAMES = Object.keys(VARIANTS) as Variant[]

type Turn = { perSecond: number; perCpuSecond: number }

type Running = { settings: Setting[]; connections: number }

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

const pidsOf = ({ settings }: Running): number[] =>
  settings.flatMap(({ gateway: { pid } }) => [pid, ...childrenOf(pid)])

const run = async ({ settings, connections }: Running, ms: number): Promise<number> => {
  const loop = { connections, count: ENDLESS, maxMs: ms }
  const asked = settings.map((setting) =>
    setting.load.ask('runClosedLoop', { ...toCall(setting, 2), ...loop }),
  )
  const results = await Promise.all(asked)
  for (const result of results) insist(result)
  return sum(results.map(({ done }) => done))
}

const takeTurn = async (running: Running, ms: number): Promise<Turn> => {
  await run(running, RESUME_MS)
  const pids = pidsOf(running)
  const cpuNs = () => sum(pids.map(cpuNsOf))
  const before = cpuNs()
  const startedAt = performance.now()
  const done = await run(running, ms)
  const seconds = (performance.now() - startedAt) / 1000
  return { perSecond: done / seconds, perCpuSecond: done / ((cpuNs() - before) / 1e9) }
}

/** Each worker gets a core of its own, as each of two programs has. The first process uses both. */
const pinWorkers = (pid: number): void => {
  for (const [at, worker] of childrenOf(pid).entries())
    execFileSync('taskset', ['-acp', [FIRST_CORE, SECOND_CORE][at]!, `${worker}`], {
      stdio: 'pipe',
    })
}

const measureLane = async (
  bench: Awaited<ReturnType<typeof startWorkbench>>,
  laneName: LaneName,
  scale: number,
): Promise<Record<Variant, Turn[]>> => {
  const { load, upstream, upstreamPort, scratch } = bench
  const started: Gateway[] = []
  await upstream.ask('setMode', { kind: 'answer' })

  const start = async (subject: Subject): Promise<Setting> => {
    const gateway = await startGateway(subject, mkdtempSync(join(scratch, 'w-')), upstreamPort)
    started.push(gateway)
    pinWorkers(gateway.pid)
    const lane = subject.lanes[laneName]!
    return { gateway, laneName, lane, load, upstream, upstreamPort, scale }
  }

  try {
    const turns: Record<Variant, Turn[]> = { alone: [], apart: [], together: [] }
    const running = new Map<Variant, Running>()
    for (const name of NAMES) {
      const settings: Setting[] = []
      for (const subject of VARIANTS[name]) settings.push(await start(subject))
      const connections = name === 'together' ? 2 * CONNECTIONS : CONNECTIONS
      running.set(name, { settings, connections })
    }
    for (const each of running.values()) await run(each, WARM_UP_MS)
    const order = [...running]
    for (let turn = 0; turn < TURNS; turn++)
      for (const [name, each] of turn % 2 === 0 ? order : order.toReversed())
        turns[name].push(await takeTurn(each, TURN_MS * scale))
    return turns
  } finally {
    for (const gateway of started) await gateway.stop()
  }
}

const at = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]!

/** The middle, and from which to which half of the turns are. */
const show = (values: number[], digits = 0): string => {
  const [middle, low, high] = [0.5, 0.25, 0.75].map((share) => at(values, share).toFixed(digits))
  return `${middle} (${low} to ${high})`
}

/** Of turns that follow each other, since a machine is not equally fast from one minute to the next. */
const toTimes = (turns: Record<Variant, Turn[]>, besides: 'alone' | 'apart'): string =>
  show(
    turns.together.map(
      ({ perCpuSecond }, turn) => (2 * perCpuSecond) / turns[besides][turn]!.perCpuSecond,
    ),
    2,
  )

const HOW = [
  `Three variants in turns of a second: one process, two programs of one process each, which share nothing, and one program with two workers. 2 KB, ${CONNECTIONS} connections for each process that serves, and the middle of ${TURNS} turns, with half of them in brackets. Two programs are on the same cores as two workers, one on each.`,
  'Processor time is that of all processes of the gateway, so that of two workers includes the first process. How many times the calls of one process two workers carry follows from the calls for a second of it, times two, since they have two cores. "Beside two programs" is what the workers lose by what they have in common. "Beside one process" is also what a core loses that has other work.',
].join(' ')

const HOW_CORES =
  CORES > 2
    ? 'The load and the upstream share a core of their own.'
    : `This machine has ${CORES} cores, so the load, the upstream and the second process share one. Calls a second are then those that the load leaves, and say little. Beside two programs is the fair comparison here, since the second of them has the same neighbours.`

export const measureWorkers = async (
  bench: Awaited<ReturnType<typeof startWorkbench>>,
  scale: number,
): Promise<string> => {
  const rows: string[] = []
  const times: string[] = []
  for (const laneName of MEASURED) {
    const turns = await measureLane(bench, laneName, scale)
    const { label } = LANES[laneName]
    for (const [measure, of] of [
      ['calls a second', 'perSecond'],
      ['calls for a second of processor time', 'perCpuSecond'],
    ] as const) {
      const values = NAMES.map((name) => show(turns[name].map((turn) => turn[of])))
      rows.push(`| ${label} | ${measure} | ${values.join(' | ')} |`)
    }
    times.push(`| ${label} | ${toTimes(turns, 'apart')} | ${toTimes(turns, 'alone')} |`)
  }
  return [
    '\n## Workers\n',
    `${HOW} ${HOW_CORES}\n`,
    '| | | one process | two programs | two workers |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '| Two workers carry, times the calls of one (aim: ≥ 1.7) | beside two programs | beside one process |',
    '| --- | --- | --- |',
    ...times,
    '',
  ].join('\n')
}
