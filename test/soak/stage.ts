/** A built Sluice between the load and its upstreams, which are in this process. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { startRealtimeUpstream } from '../interop/realtime-upstream.ts'
import { type Sluice, startSluice } from '../interop/sluice.ts'
import { startUpstream } from '../tools/upstream/start.ts'
import { toTag } from './calls/index.ts'
import { toConfiguration } from './configuration.ts'
import { LEAK_VARIABLE } from './leaks.ts'
import { countLog, type LogCount } from './log-count.ts'
import type { Inside } from './probe.ts'

export interface Stage {
  readonly url: string
  readonly pid: number
  readonly log: LogCount
  readonly dataFolder: string
  /** What is left in Sluice after a collection. */
  look(): Promise<Inside>
  /** Whether the upstream was asked by the call of this number. */
  hasReached(number: number): boolean
  /** The upstream closes connections that wait for the next request, and forgets what it was asked. */
  releaseUpstream(): void
  /** Why nothing more can be asked of it, once that is so. */
  readonly death: () => string | undefined
  /** SIGTERM. @returns its exit code, undefined where it had to be killed, and what it wrote to standard error. */
  end(): Promise<{ readonly code: number | undefined; readonly complaints: string }>
  close(): Promise<void>
}

const FLAGS = [
  '--expose-gc',
  // The probe counts objects in a way that Node calls experimental.
  '--disable-warning=ExperimentalWarning',
  // Functions that are not called for a while would be forgotten, and compiled again.
  '--no-flush-bytecode',
  // As `npm start` has it.
  '--max-semi-space-size=4',
  '--import',
  join(import.meta.dirname, 'probe.ts'),
]

const TAG = new RegExp(toTag(0).replace('0', String.raw`(\d+)`))

/** @param leakBytes what leaks in Sluice with each request; 0: nothing. */
export const startStage = async (leakBytes: number): Promise<Stage> => {
  const upstream = await startUpstream()
  const realtime = await startRealtimeUpstream()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-soak-'))
  const dataFolder = join(folder, 'data')
  const file = join(folder, 'sluice.yaml')
  await writeFile(file, JSON.stringify(toConfiguration(upstream.url, realtime.url)))

  const sluice: Sluice = await startSluice(
    { SLUICE_CONFIG: file, SLUICE_DATA: dataFolder, [LEAK_VARIABLE]: String(leakBytes) },
    { flags: FLAGS, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], deaf: true },
  )
  const { child } = sluice
  const log = countLog(child.stdout as Readable)
  const closed = once(child, 'close')
  let death: string | undefined
  child.once('exit', (code, signal) => {
    death = `Sluice ended with ${signal ?? code}: ${sluice.output().slice(-1_000)}`
  })

  const reached = new Set<number>()
  const readReached = () => {
    for (const { rawBody } of upstream.calls.splice(0)) {
      const number = TAG.exec(rawBody.toString('latin1'))?.[1]
      if (number !== undefined) reached.add(Number(number))
    }
  }

  return {
    url: sluice.url,
    pid: child.pid ?? 0,
    log,
    dataFolder,
    async look() {
      const answer = once(child, 'message')
      child.send('look')
      const [inside] = (await answer) as [Inside]
      return inside
    },
    hasReached(number) {
      readReached()
      return reached.has(number)
    },
    releaseUpstream() {
      readReached()
      reached.clear()
      upstream.closeIdle()
    },
    death: () => death,
    async end() {
      await sluice.close()
      await closed
      const isKilled = child.signalCode !== null
      return {
        code: isKilled ? undefined : (child.exitCode ?? undefined),
        complaints: sluice.output(),
      }
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) await sluice.close()
      realtime.close()
      await upstream.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
