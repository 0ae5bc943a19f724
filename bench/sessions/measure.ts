/** What a measure of the sessions is: it takes place on a workbench, and returns its section of the report. */
import { startWorker, type Worker } from '../worker.ts'
import type { SessionLoadCommands } from './load.ts'
import type { StampingUpstreamCommands } from './upstream.ts'

export type SessionBench = {
  load: Worker<SessionLoadCommands>
  upstream: Worker<StampingUpstreamCommands>
  upstreamPort: number
  scratch: string
  /** Shortens every duration and every count, for a quick look. */
  scale: number
  stop(): void
}

export type SessionMeasure = {
  /** As in `--measure=`. */
  name: string
  title: string
  /** @returns what its section says */
  run(bench: SessionBench): Promise<string[]>
}

export const toLine = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** The first column is text. */
export const toHead = (cells: readonly string[]): string[] => [
  toLine(cells),
  toLine(cells.map((_, at) => (at === 0 ? '---' : '---:'))),
]

export const startSessionBench = async (scratch: string, scale: number): Promise<SessionBench> => {
  const load = startWorker<SessionLoadCommands>('./sessions/load.ts')
  const upstream = startWorker<StampingUpstreamCommands>('./sessions/upstream.ts')
  return {
    load,
    upstream,
    upstreamPort: await upstream.ask('listen'),
    scratch,
    scale,
    stop() {
      load.stop()
      upstream.stop()
    },
  }
}
