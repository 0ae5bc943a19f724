/** What every run is made with: the load, the scripted upstream, and a folder that is gone afterwards. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LOAD_CORE } from './gateway.ts'
import type { LoadCommands } from './load.ts'
import type { UpstreamCommands } from './upstream.ts'
import { startWorker } from './worker.ts'

export const say = (line: string) => process.stdout.write(`${line}\n`)

/** All threads: one that ends just then is a failure of `taskset`, and no reason to give up. */
const pinToLoadCore = (triesLeft = 3): void => {
  try {
    execFileSync('taskset', ['-acp', LOAD_CORE, String(process.pid)], { stdio: 'pipe' })
  } catch (error) {
    if (triesLeft === 0) throw error
    pinToLoadCore(triesLeft - 1)
  }
}

export const startWorkbench = async (longestMs: number) => {
  // Gateways are in process groups of their own: they must be told.
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  setTimeout(() => {
    say('given up: the run took too long')
    process.exit(1)
  }, longestMs).unref()

  // Workers inherit the core; a gateway is given its own.
  pinToLoadCore()
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-bench-run-'))
  const upstream = startWorker<UpstreamCommands>('./upstream.ts')
  const load = startWorker<LoadCommands>('./load.ts')
  const upstreamPort = await upstream.ask('listen')
  return {
    scratch,
    upstream,
    load,
    upstreamPort,
    stop() {
      upstream.stop()
      load.stop()
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}
