/** A built Sluice with keys and a database, whose sessions are used up. The upstream is in this process. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startSluice } from '../../interop/sluice.ts'
import { DEFAULT_KEYS } from '../../tools/upstream/keys.ts'
import { followDirectives } from '../../tools/upstream/answers/directives.ts'
import { startUpstream } from '../../tools/upstream/start.ts'
import type { Inside } from '../probe.ts'

const PROBE = [
  '--expose-gc',
  '--disable-warning=ExperimentalWarning',
  '--no-flush-bytecode',
  '--max-semi-space-size=4',
  '--import',
  join(import.meta.dirname, '../probe.ts'),
]
const PLANTED = ['--import', join(import.meta.dirname, 'plant.ts')]

export const KEYS = ['sk-soak-one', 'sk-soak-two', 'sk-soak-three'] as const

const toConfiguration = (upstream: string): object => ({
  keys: KEYS.map((key, at) => ({ key, name: `key-${at}` })),
  providers: {
    openai: { vendor: 'openai', api_key: DEFAULT_KEYS.openai, base_url: `${upstream}/v1` },
  },
  chat: { model: 'openai/gpt-4o', message_rate: false },
  ledger: {},
  presets: false,
  probe_local: false,
  retries: { max: 0 },
  log: { level: 'warn' },
})

/** What every question begins with. */
export const BEGIN = '§'

const TABLES = [
  'sessions',
  'session_messages',
  'session_runs',
  'session_queue',
  'session_events',
  'session_texts',
] as const

export type SessionStage = Awaited<ReturnType<typeof startSessionStage>>

/** @param isPlanted readers are not removed: started from its source, where that is changed. */
export const startSessionStage = async (isPlanted: boolean, redisUrl?: string) => {
  const upstream = await startUpstream({
    // A question that was not answered is sent together with the next one.
    reply: (call) =>
      followDirectives({ ...call, lastUserText: call.lastUserText.split(BEGIN).at(-1) ?? '' }),
  })
  const folder = await mkdtemp(join(tmpdir(), 'sluice-soak-sessions-'))
  const dataFolder = join(folder, 'data')
  const file = join(folder, 'sluice.yaml')
  await writeFile(file, JSON.stringify(toConfiguration(upstream.url)))
  const sluice = await startSluice(
    {
      SLUICE_CONFIG: file,
      SLUICE_DATA: dataFolder,
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    },
    {
      fromSource: isPlanted,
      flags: isPlanted ? [...PROBE, ...PLANTED] : PROBE,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  )
  const { child } = sluice
  const closed = once(child, 'close')
  let death: string | undefined
  child.once('exit', (code, signal) => {
    death = `Sluice ended with ${signal ?? code}: ${sluice.output().slice(-1_000)}`
  })

  return {
    url: sluice.url,
    pid: child.pid ?? 0,
    dataFolder,
    death: () => death,
    /** What it has written: warnings, and worse. */
    output: sluice.output,
    async look(): Promise<Inside> {
      const answer = once(child, 'message')
      child.send('look')
      const [inside] = (await answer) as [Inside]
      return inside
    },
    releaseUpstream() {
      upstream.calls.length = 0
      upstream.closeIdle()
    },
    /** The rows of each table that has some. Sluice has ended. */
    rows(): readonly string[] {
      const database = new DatabaseSync(join(dataFolder, 'sluice.db'), { readOnly: true })
      try {
        return TABLES.flatMap((table) => {
          const { times } = database.prepare(`select count(*) as times from ${table}`).get() ?? {}
          return Number(times) === 0 ? [] : [`${table} has ${Number(times)} rows`]
        })
      } finally {
        database.close()
      }
    },
    async end(): Promise<number | undefined> {
      await sluice.close()
      await closed
      return child.signalCode === null ? (child.exitCode ?? undefined) : undefined
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) await sluice.close()
      await upstream.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
