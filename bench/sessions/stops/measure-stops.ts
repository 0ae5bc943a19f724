/** From a stop to the end of the upstream's connection, as the upstream sees it. */
import { say } from '../../workbench.ts'
import { type SessionBench, type SessionMeasure, toHead, toLine } from '../measure.ts'
import { type Servers, startServers, type StoreName } from '../servers.ts'
import { DOORS, MOMENTS, type Moment, type Origin } from './doors.ts'
import type { Stop } from './run-stops.ts'

const COUNT = 100
const MOST_MS = 100
const MOST_ELSEWHERE_MS = 250
const CLOSED_WITHIN_MS = 2000

const ORIGINS: readonly Origin[] = ['the same socket', 'another tab', 'REST']

type Stopped = { door: string; origin: Origin; moment: Moment; tookMs: number[]; early: number }

const stopMany = async (
  { load, upstream, scale }: SessionBench,
  { gateways }: Servers,
  { door, origin, moment }: Omit<Stopped, 'tookMs' | 'early'>,
): Promise<Stopped> => {
  const [first, second] = gateways
  const count = Math.ceil(COUNT * scale)
  const at = { port: first!.port, otherPort: second?.port }
  const stops = await load.ask('runStops', { door, origin, moment, count, ...at })
  const names = stops.map(({ name }) => name)
  const waitMs = moment === 'while it waits' ? 0 : CLOSED_WITHIN_MS
  const closedAt = await upstream.ask('closedAt', { names, waitMs })
  await upstream.ask('forget')
  const took = stops.map((stop, index) => toTook(stop, closedAt[index] ?? 0))
  const tookMs = took.flatMap((each) => each ?? [])
  return { door, origin, moment, tookMs, early: count - tookMs.length }
}

/** Undefined: it was stopped before the upstream was asked. */
const toTook = ({ name, atMs, doneMs }: Stop, closedAt: number): number | undefined => {
  if (doneMs !== undefined) {
    if (closedAt !== -1)
      throw new Error(`${name} was removed from the queue, and asked for all the same`)
    return doneMs - atMs
  }
  if (closedAt === 0) throw new Error(`${name} ran on for ${CLOSED_WITHIN_MS} ms`)
  return closedAt === -1 ? undefined : closedAt - atMs
}

const toRow = ({ door, origin, moment, tookMs, early }: Stopped): string => {
  const sorted = tookMs.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
  const most = origin === 'another replica' ? MOST_ELSEWHERE_MS : MOST_MS
  const cells = [at(0.5), at(0.99), at(1)].map((ms) => ms.toFixed(1))
  const verdict = `≤ ${most} ms: ${at(1) <= most ? 'yes' : '**no**'}`
  return toLine([
    `${door}, from ${origin}, ${moment}`,
    `${sorted.length}${early > 0 ? ` (${early} before the upstream was asked)` : ''}`,
    ...cells,
    verdict,
  ])
}

const HOW = `Each answer is stopped by a cancel. Before the first token the upstream has the request and is silent. A message that waits has no connection to an upstream: its time is until readers know that it is gone, and the upstream is never asked. Ten sessions at a time.`

const stopAt = async (
  bench: SessionBench,
  store: StoreName,
  origins: readonly Origin[],
  replicas = 1,
): Promise<string[]> => {
  const servers = await startServers(bench, store, replicas)
  const rows: string[] = []
  try {
    // Code that runs for the first time is slow.
    for (const moment of MOMENTS)
      await stopMany(bench, servers, { door: DOORS[0], origin: 'REST', moment })
    for (const door of DOORS)
      for (const origin of origins)
        for (const moment of MOMENTS) {
          const row = toRow(await stopMany(bench, servers, { door, origin, moment }))
          say(row)
          rows.push(row)
        }
  } finally {
    await servers.stop()
  }
  return rows
}

const COLUMNS = ['Stopped', 'times', 'p50, ms', 'p99, ms', 'longest, ms', 'aim']

export const stops: SessionMeasure = {
  name: 'session-stops',
  title: 'Sessions: answers that are stopped',
  run: async (bench) => [
    HOW,
    'One process, sessions in SQLite.',
    '',
    ...toHead(COLUMNS),
    ...(await stopAt(bench, 'SQLite', ORIGINS)),
  ],
}

export const stopsElsewhere: SessionMeasure = {
  name: 'session-stops-elsewhere',
  title: 'Sessions: answers that are stopped from another replica',
  run: async (bench) => [
    HOW,
    'Two processes with Redis and PostgreSQL. The other tab is connected to the one that does not own the session.',
    '',
    ...toHead(COLUMNS),
    ...(await stopAt(bench, 'Redis', ['another replica'], 2)),
  ],
}
