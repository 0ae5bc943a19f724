/** Sluice with one of its stores, and the processor time of every process that has a part in it. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres } from '../../test/tools/servers/postgres.ts'
import { hasRedis, startRedis } from '../callers/redis.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { childrenOf, cpuNsOf, threadCpuUsOf } from '../process-tree.ts'
import { CHAT_MODEL, type Place, type Subject } from '../subject.ts'
import { subjects } from '../subjects.ts'

export type StoreName = 'memory' | 'SQLite' | 'PostgreSQL' | 'Redis'

export type Servers = {
  gateways: Gateway[]
  /** Nanoseconds of processor time until now. */
  cpuNs(): Cpu
  stop(): Promise<void>
}

/** Of the processes that serve, of their threads of SQLite, and of the servers of their stores. */
type Cpu = { sluice: number; sqlite: number; store: number }

const base = subjects.find(({ name }) => name === 'Sluice')!

const toSubject = (store: StoreName, env: Record<string, string>): Subject => ({
  ...base,
  launch(place: Place) {
    const { command, env: usual } = base.launch!(place)
    const ledger = store === 'memory' ? '' : '\nledger: {}'
    const settings = `chat: { model: openai/${CHAT_MODEL} }\nprobe_local: false${ledger}\n`
    writeFileSync(join(place.folder, 'sluice.yaml'), settings)
    // Without keys, nobody's connections and messages are limited.
    const { SLUICE_API_KEYS: _keys, ...rest } = usual
    return { command, env: { ...rest, ...env } }
  },
})

/** Why it cannot be measured on this machine. */
export const toReasonMissing = (store: StoreName): string | undefined => {
  if (store === 'Redis' && !hasRedis()) return 'redis-server is not installed'
  const needsPostgres = store === 'PostgreSQL'
  if (
    needsPostgres &&
    spawnSync('sh', ['-c', 'ls /usr/lib/postgresql/*/bin/postgres']).status !== 0
  )
    return 'PostgreSQL is not installed'
  return undefined
}

const nameOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim()
  } catch {
    return ''
  }
}

const isStore = (pid: number): boolean => /^(?:postgres|redis-server)/.test(nameOf(pid))

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0)

const sqliteNsOf = (pid: number): number =>
  sum([...threadCpuUsOf(pid)].map(([name, us]) => (name.endsWith(' sqlite') ? us * 1000 : 0)))

/** @param replicas processes that share Redis and PostgreSQL, if there are several */
export const startServers = async (
  { scratch, upstreamPort }: { scratch: string; upstreamPort: number },
  store: StoreName,
  replicas = 1,
): Promise<Servers> => {
  const sharesRows = store === 'PostgreSQL' || replicas > 1
  const postgres = sharesRows ? await startPostgres() : undefined
  const redis = store === 'Redis' ? await startRedis() : undefined
  const env = {
    ...(postgres && { DATABASE_URL: await postgres.createDatabase() }),
    ...(redis && { REDIS_URL: redis.url }),
  }
  const gateways: Gateway[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(gateways.map((each) => each.stop()))
    redis?.stop()
    await postgres?.close()
  }
  try {
    for (let at = 0; at < replicas; at++) {
      const folder = mkdtempSync(join(scratch, 'sessions-'))
      gateways.push(await startGateway(toSubject(store, env), folder, upstreamPort))
    }
  } catch (error) {
    await stop()
    throw error
  }
  return {
    gateways,
    cpuNs() {
      const pids = gateways.map(({ pid }) => pid)
      return {
        sluice: sum(pids.map(cpuNsOf)),
        sqlite: sum(pids.map(sqliteNsOf)),
        store: sum(childrenOf(process.pid).filter(isStore).map(cpuNsOf)),
      }
    },
    stop,
  }
}
