/** One worker and two, in turns: how many calls a second, and how many for a second of processor time. */
import { cpus } from 'node:os'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { type Gateway, startGateway } from './gateway.ts'
import { cpuUsOf } from './process-tree.ts'
import { insist, type Setting, toCall } from './setting.ts'
import { type LaneName, LANES, type Subject } from './subject.ts'
import { subjects } from './subjects.ts'
import type { startWorkbench } from './workbench.ts'

const MEASURED: LaneName[] = ['chat', 'messages to chat']
const COUNTS = [1, 2]
const CONNECTIONS = 64
const TURNS = 8
const TURN_MS = 2000
/** Each worker compiles the code for itself. */
const WARM_UP_CALLS = 8000
const WARM_UP_MS = 30_000
const ENDLESS = 1e9

/** The load and the upstream share one core. */
const CORES_NEEDED = Math.max(...COUNTS) + 1

/** This process is pinned to one of them. */
const CORES = cpus().length

/** Core 1 is that of the load and the upstream. */
const coresFor = (workers: number): string =>
  CORES < CORES_NEEDED
    ? '0'
    : Array.from({ length: workers }, (_, at) => (at === 0 ? 0 : at + 1)).join(',')

const base = subjects.find(({ name }) => name === 'Sluice')!

const toSubject = (workers: number): Subject => ({
  ...base,
  name: `${workers}`,
  cores: coresFor(workers),
  launch(place) {
    const { command, env } = base.launch!(place)
    return { command, env: { ...env, SLUICE_WORKERS: `${workers}` } }
  },
})

type Turn = { perSecond: number; perCpuSecond: number }

type Loop = { count: number; maxMs: number }

const takeTurn = async (setting: Setting, { count, maxMs }: Loop): Promise<Turn> => {
  const call = { ...toCall(setting, 2), connections: CONNECTIONS }
  const before = cpuUsOf(setting.gateway.pid)
  const startedAt = performance.now()
  const result = await setting.load.ask('runClosedLoop', { ...call, count, maxMs })
  const seconds = (performance.now() - startedAt) / 1000
  insist(result)
  const cpuSeconds = (cpuUsOf(setting.gateway.pid) - before) / 1e6
  return { perSecond: result.done / seconds, perCpuSecond: result.done / cpuSeconds }
}

const measureLane = async (
  bench: Awaited<ReturnType<typeof startWorkbench>>,
  laneName: LaneName,
  scale: number,
): Promise<Turn[][]> => {
  const { load, upstream, upstreamPort, scratch } = bench
  const started: Gateway[] = []
  await upstream.ask('setMode', { kind: 'answer' })
  try {
    const settings: Setting[] = []
    for (const workers of COUNTS) {
      const subject = toSubject(workers)
      const gateway = await startGateway(subject, mkdtempSync(join(scratch, 'w-')), upstreamPort)
      started.push(gateway)
      const lane = subject.lanes[laneName]!
      settings.push({ gateway, laneName, lane, load, upstream, upstreamPort, scale })
    }
    for (const [at, setting] of settings.entries())
      await takeTurn(setting, { count: WARM_UP_CALLS * COUNTS[at]!, maxMs: WARM_UP_MS })
    const turns: Turn[][] = settings.map(() => [])
    for (let turn = 0; turn < TURNS; turn++)
      for (const [at, setting] of settings.entries())
        turns[at]!.push(await takeTurn(setting, { count: ENDLESS, maxMs: TURN_MS * scale }))
    return turns
  } finally {
    for (const gateway of started) await gateway.stop()
  }
}

const sorted = (turns: Turn[], of: keyof Turn): number[] =>
  turns.map((turn) => turn[of]).toSorted((a, b) => a - b)

const middle = (values: number[]): number => values[Math.floor((values.length - 1) / 2)]!

/** The middle, and from which to which half of the turns are. */
const show = (values: number[]): string => {
  const at = (share: number) => Math.round(values[Math.floor((values.length - 1) * share)]!)
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`
}

export const measureWorkers = async (
  bench: Awaited<ReturnType<typeof startWorkbench>>,
  scale: number,
): Promise<string> => {
  const rows: string[] = []
  for (const laneName of MEASURED) {
    const turns = await measureLane(bench, laneName, scale)
    for (const [label, of] of [
      ['calls a second', 'perSecond'],
      ['calls for a second of processor time', 'perCpuSecond'],
    ] as const) {
      const [one = [], two = []] = turns.map((each) => sorted(each, of))
      const times = (middle(two) / middle(one)).toFixed(2)
      rows.push(`| ${LANES[laneName].label} | ${label} | ${show(one)} | ${show(two)} | ${times} |`)
    }
  }
  const honest =
    CORES < CORES_NEEDED
      ? `This machine has ${CORES} cores, and the load and the upstream need one of them. All workers share one core here, so calls a second say nothing about two workers. Calls for a second of processor time do.`
      : `The load and the upstream share one core, and each worker has one of its own.`
  return [
    '\n## Workers\n',
    `${CONNECTIONS} connections, 2 KB, the middle of ${TURNS} turns, and in brackets where half of them are. ${honest}\n`,
    '| | | one worker | two workers | times |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
