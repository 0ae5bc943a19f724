/** Serves until it receives a signal to stop. */
import { isatty } from 'node:tty'
import { type App, createApp } from '#app'
import { type Flags, loadConfig, watchFile } from '#config'
import { toBanner } from './banner.ts'
import { EXIT, say } from './exit.ts'
import { toSentences } from './start-errors.ts'

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

// With npm or Node 20 as the parent, Ctrl-C reaches this process twice: directly and forwarded.
const SAME_SIGNAL_MS = 500

export const serve = async (flags: Flags): Promise<void> => {
  let app: App | undefined
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
    await app?.drain()
    process.exit(EXIT.fine)
  }
  // Installed before anything else: the first process of a container has no default handlers.
  for (const signal of STOP_SIGNALS) process.on(signal, () => void stop())

  const load = async () => {
    const loaded = await loadConfig({
      env: process.env,
      cwd: process.cwd(),
      flags,
      mustExist: hadFile,
    })
    hadFile ||= loaded.file !== undefined
    configPath = loaded.path
    return loaded
  }

  const reload = async (): Promise<void> => {
    isReloadWanted = true
    if (!app || !hasStarted) return
    const { reloadOnChange } = await app.reload()
    follow(reloadOnChange)
  }
  const follow = (isWatched = true): void => {
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
    const { file, notices, options } = await load()
    say(...notices)
    webSocketPort = options.webSocketPort
    app = createApp(options, load)
    follow(options.reloadOnChange)
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
