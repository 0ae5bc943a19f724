/** Sluice with a small heap, between the well-behaved caller with its upstream and the hostile ones. */
import { openSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sluice, startSluice } from '../interop/sluice.ts'
import type { Attack } from './attack.ts'
import { toConfiguration } from './configuration.ts'
import type { Pulse } from './heap-probe.ts'
import { type HostileUpstream, startHostileUpstream } from './hostile-upstream.ts'
import { type Observer, startObserver } from './observer.ts'
import { forgetPeak, peakMbOf } from './process-memory.ts'

export interface Peaks {
  /** Resident in all. */
  readonly residentMb: number
  readonly heapMb: number
  readonly outsideMb: number
  readonly stopMs: number
}

export interface Stage {
  readonly hostile: HostileUpstream
  readonly observer: Observer
  readonly url: () => string
  readonly pid: () => number
  /** Starts Sluice where none runs that writes its log there. @returns whether it did. */
  ensure(log: Attack['log']): Promise<boolean>
  /** Why nothing more can be asked of it, once that is so. */
  readonly death: () => string | undefined
  forgetPeaks(): void
  readonly peaks: () => Peaks
  /** SIGTERM. @returns how long it took to end, in milliseconds; undefined where it had to be killed. */
  end(): Promise<number | undefined>
  close(): Promise<void>
}

export const HEAP_MB = 512
const NO_PEAKS: Peaks = { residentMb: 0, heapMb: 0, outsideMb: 0, stopMs: 0 }
const FULL_DISK = '/dev/full'

const FLAGS = [
  `--max-old-space-size=${HEAP_MB}`,
  // As `npm start` has it.
  '--max-semi-space-size=4',
  '--import',
  join(import.meta.dirname, 'heap-probe.ts'),
]

export const startStage = async (fromSource: boolean): Promise<Stage> => {
  const hostile = await startHostileUpstream()
  const observer = await startObserver()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-hostile-'))
  const file = join(folder, 'sluice.yaml')
  await writeFile(file, JSON.stringify(toConfiguration(observer.upstreamUrl, hostile.url)))

  let running: { readonly sluice: Sluice; readonly log: Attack['log'] } | undefined
  let death: string | undefined
  let peaks = NO_PEAKS

  const pidOf = () => running?.sluice.child.pid ?? 0
  const start = async (log: Attack['log']) => {
    const sluice = await startSluice(
      { SLUICE_CONFIG: file },
      {
        fromSource,
        flags: FLAGS,
        stdio: ['ignore', log === 'full' ? openSync(FULL_DISK, 'w') : 'pipe', 'pipe', 'ipc'],
        deaf: log !== undefined,
      },
    )
    death = undefined
    running = { sluice, log }
    sluice.child.on('message', ({ heapMb, outsideMb, stopMs }: Pulse) => {
      peaks = {
        residentMb: 0,
        heapMb: Math.max(peaks.heapMb, heapMb),
        outsideMb: Math.max(peaks.outsideMb, outsideMb),
        stopMs: Math.max(peaks.stopMs, stopMs),
      }
    })
    sluice.child.once('exit', (code, signal) => {
      if (running?.sluice !== sluice) return
      running = undefined
      const lines = sluice.output().trimEnd().split('\n')
      const last = lines.find((line) => /FATAL ERROR|^\w*Error/.test(line)) ?? lines.at(-1)
      death = `Sluice ended with ${signal ?? code}: ${String(last).slice(0, 500)}`
    })
  }

  const end = async (): Promise<number | undefined> => {
    if (!running) return 0
    const { sluice } = running
    running = undefined
    const startedAt = performance.now()
    await sluice.close()
    return sluice.child.signalCode === 'SIGKILL' ? undefined : performance.now() - startedAt
  }

  return {
    hostile,
    observer,
    url: () => running?.sluice.url ?? '',
    pid: pidOf,
    async ensure(log) {
      if (running && running.log !== log) await end()
      if (running) return false
      await start(log)
      return true
    },
    death: () => death,
    forgetPeaks() {
      peaks = NO_PEAKS
      forgetPeak(pidOf())
    },
    peaks: () => ({ ...peaks, residentMb: peakMbOf(pidOf()) ?? 0 }),
    end,
    async close() {
      await end()
      observer.close()
      await hostile.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
