/** How long a token is on its way when a thousand sessions are answered at the same time, and what it costs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuNsOf } from '../process-tree.ts'
import { say } from '../workbench.ts'
import type { DoorOfMember } from './member.ts'
import { type SessionBench, type SessionMeasure, toHead, toLine } from './measure.ts'
import { startServers, type Servers, type StoreName, toReasonMissing } from './servers.ts'

type Load = {
  label: string
  door: DoorOfMember
  store: StoreName
  sessions: number
  /** Of each session. */
  readers?: number
  perSecond?: number
  replicas?: number
}

const PER_SECOND = 5
const WARM_UP_SECONDS = 6
const SECONDS = 12
/** All have begun by then. */
const BEGUN_MS = 3000
const ENDS_WITHIN_MS = 20_000

const P50_MS = 5
const P99_MS = 50

type Cpu = { sluice: number; sqlite: number; store: number; load: number; upstream: number }

const cpuOf = ({ load, upstream }: SessionBench, servers: Servers): Cpu => ({
  ...servers.cpuNs(),
  load: cpuNsOf(load.pid),
  upstream: cpuNsOf(upstream.pid),
})

type Loaded = Load & {
  tokens: number
  whole: number
  wanted: number
  faults: string[]
  p50: number
  p99: number
  max: number
  /** Of one token, in microseconds. */
  us: Cpu
  /** Of a core, while the tokens came. */
  shares: Cpu
}

const mapCpu = (cpu: Cpu, change: (value: number, name: keyof Cpu) => number): Cpu => ({
  sluice: change(cpu.sluice, 'sluice'),
  sqlite: change(cpu.sqlite, 'sqlite'),
  store: change(cpu.store, 'store'),
  load: change(cpu.load, 'load'),
  upstream: change(cpu.upstream, 'upstream'),
})

let prefixes = 0

const takeLoad = async (bench: SessionBench, wanted: Load): Promise<Loaded> => {
  const { load, upstream, scale } = bench
  const { door, store, readers = 1, perSecond = PER_SECOND, replicas } = wanted
  const sessions = Math.ceil(wanted.sessions * (wanted.sessions > 1 ? scale : 1))
  const servers = await startServers(bench, store, replicas)
  try {
    const ports = servers.gateways.map(({ port }) => port)
    const prefix = `load-${++prefixes}`
    await load.ask('openAll', { ports, door, prefix, sessions, readers })
    const ask = async (round: string, seconds: number): Promise<void> => {
      const tokens = Math.ceil(seconds * perSecond)
      await load.ask('askAll', { round, tokens, perSecond })
    }
    const end = (): Promise<{ open: number; faults: string[] }> =>
      load.ask('awaitEnds', { maxMs: ENDS_WITHIN_MS })
    await ask('warm', WARM_UP_SECONDS * scale)
    await end()

    await ask('run', BEGUN_MS / 1000 + SECONDS * scale)
    await sleep((BEGUN_MS - 1000) * scale)
    const before = cpuOf(bench, servers)
    const receivedBefore = await load.ask('received')
    const startedAt = performance.now()
    await sleep((SECONDS - 1) * 1000 * scale)
    const after = cpuOf(bench, servers)
    const ns = mapCpu(after, (value, name) => value - before[name])
    const elapsedNs = (performance.now() - startedAt) * 1e6
    // A token that several read is one token.
    const received = ((await load.ask('received')) - receivedBefore) / readers
    const { open, faults } = await end()

    const texts = await load.ask('texts')
    const names = texts.map(([name]) => `${name}.run`)
    const digests = await upstream.ask('digests', { names })
    const whole = texts.filter(([, digest], at) => digest === digests[at]).length
    const { p50, p99, max, count } = await load.ask('delays')
    return {
      ...wanted,
      tokens: count,
      wanted: sessions * readers,
      whole: Math.min(whole, sessions * readers - open),
      faults,
      p50,
      p99,
      max,
      us: mapCpu(ns, (value) => value / 1000 / received),
      shares: mapCpu(ns, (value) => value / elapsedNs),
    }
  } finally {
    await load.ask('closeAll')
    await servers.stop()
    await upstream.ask('forget')
  }
}

const toShare = (share: number): string => `${Math.round(share * 100)} %`

const toRow = (loaded: Loaded): string => {
  const { label, tokens, whole, wanted, p50, p99, max, us, shares } = loaded
  const isGood = p50 <= P50_MS && p99 <= P99_MS && whole === wanted
  return toLine([
    label,
    String(tokens),
    whole === wanted ? `all ${wanted}` : `**${whole} of ${wanted}**`,
    p50.toFixed(2),
    p99.toFixed(1),
    max.toFixed(0),
    isGood ? 'yes' : '**no**',
    us.sluice.toFixed(1),
    us.sqlite.toFixed(1),
    us.store.toFixed(1),
    `${toShare(shares.sluice)}, ${toShare(shares.load)}, ${toShare(shares.upstream)}`,
  ])
}

const COLUMNS = [
  'Load',
  'tokens',
  'whole',
  'p50, ms',
  'p99, ms',
  'longest, ms',
  `p50 ≤ ${P50_MS} ms, p99 ≤ ${P99_MS} ms, all whole`,
  'CPU a token, µs',
  'of it SQLite',
  'besides, its store’s server',
  'of a core: Sluice, clients, upstream',
]

const HOW = `One run in each session, at ${PER_SECOND} tokens a second. The upstream writes the time into each token, and the delay is until a client has it: both ways through the kernel, and the turns of the clients and the upstream are in it. A client's text is whole if it equals what the upstream has sent, and what the end of the run says. Sluice is on core 0; clients, upstream, Redis and PostgreSQL are processes of their own and share core 1. CPU is that of all threads, over ${SECONDS - 1} s in which all sessions are answered.`

const takeAll = async (bench: SessionBench, loads: readonly Load[]): Promise<string[]> => {
  const rows: string[] = []
  const notes: string[] = []
  for (const wanted of loads) {
    const missing = toReasonMissing(wanted.store)
    if (missing !== undefined) {
      notes.push(`- Not measured, ${wanted.label}: ${missing}.`)
      continue
    }
    try {
      const loaded = await takeLoad(bench, wanted)
      rows.push(toRow(loaded))
      say(rows.at(-1)!)
      for (const fault of loaded.faults) notes.push(`- ${wanted.label}: ${fault}`)
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      notes.push(`- Not measured, ${wanted.label}: ${fault}.`)
      say(notes.at(-1)!)
    }
  }
  return [HOW, '', ...toHead(COLUMNS), ...rows, ...(notes.length > 0 ? ['', ...notes] : [])]
}

const SESSIONS = 1000

const toMeasure = (name: string, title: string, loads: readonly Load[]): SessionMeasure => ({
  name,
  title,
  run: (bench) => takeAll(bench, loads),
})

export const load = toMeasure('session-load', 'Sessions: a thousand at a time', [
  { label: 'WebSocket, in memory', door: 'socket', store: 'memory', sessions: SESSIONS },
  { label: 'WebSocket, SQLite', door: 'socket', store: 'SQLite', sessions: SESSIONS },
  { label: 'WebSocket, PostgreSQL', door: 'socket', store: 'PostgreSQL', sessions: SESSIONS },
  { label: 'WebSocket, Redis and SQLite', door: 'socket', store: 'Redis', sessions: SESSIONS },
  {
    label: '`/api/sessions/{id}/events`, SQLite',
    door: 'events',
    store: 'SQLite',
    sessions: SESSIONS,
  },
  { label: '`/chat/stream`, SQLite', door: 'stream', store: 'SQLite', sessions: SESSIONS },
])

export const readers = toMeasure('session-readers', 'Sessions: many readers of one', [
  {
    label: '200 readers, 20 tokens a second',
    door: 'socket',
    store: 'SQLite',
    sessions: 1,
    readers: 200,
    perSecond: 20,
  },
])

export const replicas = toMeasure('session-replicas', 'Sessions: two replicas', [
  {
    label: 'a reader of each session',
    door: 'socket',
    store: 'Redis',
    sessions: SESSIONS,
    replicas: 2,
  },
  {
    label: 'two readers of each session, on different replicas',
    door: 'socket',
    store: 'Redis',
    sessions: SESSIONS,
    readers: 2,
    replicas: 2,
  },
])
