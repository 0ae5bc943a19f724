/** Serves until it receives a signal to stop. */
import { type App, createApp } from '#app'
import { type Flags, loadConfig } from '#config'
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

  // Also called for unhandled rejections.
  process.on('uncaughtException', (error) => {
    if (app) app.reportCrash(error)
    else say(error.stack ?? String(error))
    process.exit(EXIT.crash)
  })

  try {
    const { file, notices, options } = await loadConfig({
      env: process.env,
      cwd: process.cwd(),
      flags,
    })
    say(...notices)
    webSocketPort = options.webSocketPort
    app = createApp(options)
    const address = await app.listen()
    say(...toBanner({ ...options, ...address, file }))
  } catch (error) {
    const sentences = toSentences(error, webSocketPort)
    if (!sentences) throw error
    say(...sentences)
    process.exit(EXIT.misuse)
  }
}
