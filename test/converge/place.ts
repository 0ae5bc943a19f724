/** Where schedules happen: an upstream, what is stored, and the processes that share it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sluice, startSluice } from '../interop/sluice.ts'
import type { PostgresServer } from '../tools/servers/postgres.ts'
import { openRedis, type RedisServer } from '../tools/servers/redis-server.ts'
import { DEFAULT_KEYS } from '../tools/upstream/keys.ts'
import { FAULT_VARIABLE } from './planted.ts'

export interface Place {
  readonly processes: readonly PlaceProcess[]
  /** Undefined where one process has everything. */
  readonly redis: PlaceRedis | undefined
  /** Whether all that was asked of it can be expected to happen in time. */
  readonly isCalm: () => boolean
  /** What the processes complained of. */
  complaints(): string
  close(): Promise<void>
}

interface PlaceProcess {
  /** Undefined while it is not there. */
  readonly url: () => string | undefined
  readonly isFrozen: () => boolean
  /** `kill -9`, and another one in its place. Resolves when that one answers. */
  restart(): Promise<void>
  /** It answers nothing for so long. */
  freeze(milliseconds: number): Promise<void>
}

interface PlaceRedis {
  /** It is gone for so long, with all that it had. */
  stop(milliseconds: number): Promise<void>
  /** It has lost everything. */
  flush(): Promise<void>
}

export interface PlaceOptions {
  /** Of the upstream. */
  readonly url: string
  /** That is planted. Without one, what was built is started. */
  readonly fault?: string | undefined
  /** Several processes share it, and a Redis of their own. */
  readonly postgres?: PostgresServer | undefined
}

const REPLICAS = 2
const FLAGS = ['--max-semi-space-size=4']
const PLANTED = ['--import', join(import.meta.dirname, 'plant.ts')]
/** So long after a process or Redis was disturbed, nothing is expected to happen in time. */
const CALM_AFTER_MS = 12_000

const toConfiguration = (upstream: string): object => ({
  providers: {
    openai: { vendor: 'openai', api_key: DEFAULT_KEYS.openai, base_url: `${upstream}/v1` },
  },
  chat: { model: 'openai/gpt-4o' },
  presets: false,
  probe_local: false,
  retries: { max: 0 },
})

export const openPlace = async ({ url, fault, postgres }: PlaceOptions): Promise<Place> => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-converge-'))
  const file = join(folder, 'sluice.yaml')
  await writeFile(file, JSON.stringify(toConfiguration(url)))
  const outputs: (() => string)[] = []
  const server = postgres && (await openRedis())
  let calmAt = 0
  const disturb = (): void => void (calmAt = performance.now() + CALM_AFTER_MS)

  const environment: Record<string, string> = {
    SLUICE_CONFIG: file,
    ...(fault !== undefined && { [FAULT_VARIABLE]: fault }),
    ...(postgres && { DATABASE_URL: await postgres.createDatabase() }),
    ...(server && { REDIS_URL: server.url }),
  }
  const start = async (name: string): Promise<Sluice> => {
    const sluice = await startSluice(
      { ...environment, SLUICE_DATA: join(folder, name) },
      {
        fromSource: fault !== undefined,
        flags: fault === undefined ? FLAGS : [...FLAGS, ...PLANTED],
      },
    )
    outputs.push(sluice.output)
    return sluice
  }
  /** They begin in order, as the first one makes the tables. */
  const open = async (name: string): Promise<PlaceProcess & { close(): Promise<void> }> => {
    let sluice: Sluice | undefined = await start(name)
    let frozen = 0
    let last = Promise.resolve()
    const restart = async (): Promise<void> => {
      const killed = sluice
      sluice = undefined
      disturb()
      killed?.child.kill('SIGKILL')
      await killed?.close()
      sluice = await start(name)
      disturb()
    }
    return {
      url: () => sluice?.url,
      isFrozen: () => frozen > 0,
      restart: () => (last = last.then(restart)),
      async freeze(milliseconds) {
        const stopped = sluice?.child
        frozen++
        disturb()
        stopped?.kill('SIGSTOP')
        await sleep(milliseconds)
        disturb()
        if (--frozen === 0) stopped?.kill('SIGCONT')
      },
      close: async () => void (await sluice?.close()),
    }
  }

  const names = Array.from({ length: postgres ? REPLICAS : 1 }, (_, at) => `data-${at}`)
  const processes: Awaited<ReturnType<typeof open>>[] = []
  for (const name of names) processes.push(await open(name))
  const stopRedis = async (redis: RedisServer, milliseconds: number): Promise<void> => {
    disturb()
    await redis.stop()
    await sleep(milliseconds)
    await redis.start()
    disturb()
  }
  const flushRedis = async (redis: RedisServer): Promise<void> => {
    disturb()
    await redis.command('flushall')
  }
  let last = Promise.resolve()

  return {
    processes,
    redis: server && {
      stop: (milliseconds) => (last = last.then(() => stopRedis(server, milliseconds))),
      flush: () => (last = last.then(() => flushRedis(server))),
    },
    isCalm: () => performance.now() > calmAt,
    complaints: () => outputs.map((output) => output()).join(''),
    async close() {
      await Promise.all(processes.map((each) => each.close()))
      server?.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Where a request is answered: now here, now there. Undefined while nobody is there. */
export const createUrls = ({ processes }: Place): (() => string | undefined) => {
  let round = 0
  return () => {
    round++
    for (let at = 0; at < processes.length; at++) {
      const each = processes[(round + at) % processes.length]
      if (each && !each.isFrozen() && each.url() !== undefined) return each.url()
    }
    return undefined
  }
}
