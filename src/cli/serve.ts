/** Serves until it receives a signal to stop. */
import { isatty } from 'node:tty'
import { createApp } from '#app'
import { type ConfigSources, type Flags, loadConfig, readConfigFile, watchFile } from '#config'
import { toBanner } from './banner.ts'
import { EXIT, GRACE_MS, say } from './exit.ts'
import { toSentences } from './start-errors.ts'
import { takePlace } from './workers/place.ts'
import type { Serving } from './workers/serve-workers.ts'

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

// With npm or Node 20 as the parent, Ctrl-C reaches this process twice: directly and forwarded.
const SAME_SIGNAL_MS = 500

export const serve = async (flags: Flags): Promise<void> => {
  const place = takePlace()
  if (place) return (await import('./workers/run-worker.ts')).runWorker(place, flags)

  let app: Serving | undefined
  let webSocketPort: number | undefined
  let stoppedAt: number | undefined
  let configPath: string | undefined
  let hadFile = false
  let unwatch: (() => void) | undefined
  let hasStarted = false
  let isReloadWanted = false
  const hadTerminal = isatty(0)

  const stop = async (): Promise<void> => {
    if (stoppedAt !== undefined) {
      if (performance.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(EXIT.crash)
      return
    }
    stoppedAt = performance.now()
    await app?.drain({ graceMs: GRACE_MS })
    process.exit(EXIT.fine)
  }
  // Installed before anything else: the first process of a container has no default handlers.
  for (const signal of STOP_SIGNALS) process.on(signal, () => void stop())

  const sources = (): ConfigSources => ({
    env: process.env,
    cwd: process.cwd(),
    flags,
    mustExist: hadFile,
  })
  const load = async () => {
    const loaded = await loadConfig(sources())
    hadFile ||= loaded.file !== undefined
    configPath = loaded.path
    return loaded
  }
  const read = async () => {
    const found = await readConfigFile(sources())
    hadFile ||= found.file !== undefined
    return found
  }

  const reload = async (): Promise<void> => {
    isReloadWanted = true
    if (!app || !hasStarted) return
    follow((await app.reload()).options)
  }
  const follow = ({ reloadOnChange: isWatched = true }: Watching): void => {
    if (isWatched && configPath !== undefined)
      unwatch ??= watchFile(configPath, () => void reload())
    if (isWatched) return
    unwatch?.()
    unwatch = undefined
  }
  const hangUp = (): void => {
    // A terminal that is closed sends the same signal.
    if (hadTerminal && !isatty(0)) void stop()
    else void reload()
  }
  // On Windows it means that the console is closed.
  if (process.platform !== 'win32') process.on('SIGHUP', hangUp)

  // Also called for unhandled rejections.
  process.on('uncaughtException', (error) => {
    if (app) app.reportCrash(error)
    else say(error.stack ?? String(error))
    process.exit(EXIT.crash)
  })

  try {
    const loaded = await load()
    const { file, notices, options, workers } = loaded
    say(...notices)
    webSocketPort = options.webSocketPort
    app =
      workers > 1
        ? (await import('./workers/serve-workers.ts')).createWorkers(loaded, read, follow)
        : createApp(options, load)
    follow(options)
    const address = await app.listen()
    say(...toBanner({ ...options, ...address, file }))
    hasStarted = true
    if (isReloadWanted) await reload()
  } catch (error) {
    const sentences = toSentences(error, webSocketPort)
    if (!sentences) throw error
    say(...sentences)
    process.exit(EXIT.misuse)
  }
}

interface Watching {
  readonly reloadOnChange?: boolean | undefined
}
