/** What a socket costs that nobody uses. */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuNsOf, rssMbOf } from '../process-tree.ts'
import { say } from '../workbench.ts'
import { type SessionBench, type SessionMeasure, toHead, toLine } from './measure.ts'
import { startServers } from './servers.ts'

const SOCKETS = 10_000
/** For what else a process has open. */
const SPARE = 500
const SETTLE_MS = 3000
const WATCHED_MS = 5000
/** The code is loaded by then. */
const FIRST = 50

const mostOpen = (): number =>
  Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).replace('unlimited', '1e9'))

const take = async (bench: SessionBench): Promise<string[]> => {
  const { load, scale } = bench
  const count = Math.min(Math.ceil(SOCKETS * scale), mostOpen() - SPARE)
  const servers = await startServers(bench, 'memory')
  try {
    const { pid, port } = servers.gateways[0]!
    await load.ask('openIdle', { port, count: FIRST })
    await sleep(SETTLE_MS)
    const idleMb = rssMbOf(pid)
    const before = cpuNsOf(pid)
    const startedAt = performance.now()
    await load.ask('openIdle', { port, count })
    const openedSeconds = (performance.now() - startedAt) / 1000
    const openUs = (cpuNsOf(pid) - before) / 1000 / count
    await sleep(SETTLE_MS)
    const openMb = rssMbOf(pid)
    const idleBefore = cpuNsOf(pid)
    await sleep(WATCHED_MS)
    const idleShare = (cpuNsOf(pid) - idleBefore) / 1e6 / WATCHED_MS
    const lost = await load.ask('lostIdle')
    const row = toLine([
      `${count} sockets, each in a session of its own, in memory`,
      (((openMb - idleMb) * 1024) / count).toFixed(1),
      openMb.toFixed(0),
      openUs.toFixed(0),
      openedSeconds.toFixed(0),
      `${(idleShare * 100).toFixed(1)} %`,
      String(lost),
    ])
    say(row)
    return [row]
  } finally {
    await load.ask('closeAll')
    await servers.stop()
  }
}

export const idle: SessionMeasure = {
  name: 'session-idle',
  title: 'Sessions: sockets that nobody uses',
  run: async (bench) => [
    `Memory is the resident size of the process above that with ${FIRST} sockets. It includes the session, its row and its log.`,
    '',
    ...toHead([
      'Open',
      'memory each, KB',
      'the process, MB',
      'CPU to open one, µs',
      'opened in, s',
      'CPU afterwards',
      'lost',
    ]),
    ...(await take(bench)),
  ],
}
