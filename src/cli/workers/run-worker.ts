/** A worker: a complete Sluice that listens nowhere, and takes the connections that it is given. */
import { setDefaultHighWaterMark } from 'node:stream'
import type { Caller } from '#access'
import { type App, type AppOptions, createApp, type FirstProcess } from '#app'
import { type Flags, loadConfig, type ReadFile } from '#config'
import { openWorkerEnd } from '#workers'
import { EXIT, GRACE_MS, say } from '../exit.ts'
import { toSentences } from '../start-errors.ts'
import type {
  Followed,
  ProgramSettings,
  ReloadAnswer,
  StartFiles,
  WorkerFacts,
  WorkerPlace,
} from './place.ts'
import { within } from './within.ts'

/** What a worker that ends may wait for the first process. */
const FAREWELL_MS = 1_000

export const runWorker = async (place: WorkerPlace, flags: Flags): Promise<void> => {
  const { link, ...end } = openWorkerEnd()
  // As the HTTP server has it for the connections that it accepts itself: an upstream is paused early.
  setDefaultHighWaterMark(false, 16 * 1024)
  let app: App | undefined
  let isStopping = false

  const stop = async (isEnd: boolean): Promise<void> => {
    if (isStopping) return
    isStopping = true
    await app?.drain({ graceMs: GRACE_MS, isEnd })
    const counted = await app?.readMetrics()
    await within(link.ask('farewell', counted), FAREWELL_MS)
    process.exit(EXIT.fine)
  }

  // Ctrl-C and the end of a terminal reach all processes at once. The first one says what to do.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  process.on('SIGTERM', () => void stop(false))
  end.onOrphaned(() => void stop(true))
  link.on('drain', ([isEnd]) => void stop(isEnd === true))
  process.on('uncaughtException', (error) => {
    if (app) app.reportCrash(error)
    else say(error.stack ?? String(error))
    process.exit(EXIT.crash)
  })

  try {
    let { started, latest } = (await link.ask('configuration')) as StartFiles
    const load = (read: ReadFile) =>
      loadConfig({ env: process.env, cwd: process.cwd(), flags, read })
    const running = withProgram((await load(started)).options, place.program)
    const { options } = await load(latest)
    const first = { ...place, running, live: link, ...askBy(link) }
    const own = (app = createApp(options, () => load(latest), first))
    link.on('reload', async ([read, isTold]): Promise<ReloadAnswer> => {
      latest = read as ReadFile
      const { isLoaded, options: used } = await own.reload(isTold === true)
      return { isLoaded, follows: toFollowed(used) }
    })
    link.on('metrics', () => own.readMetrics())
    link.on('state', () => own.readState())
    link.on('knows', ([caller, id]) => own.knowsResponse(caller as Caller, String(id)))
    end.takeConnections(own.accept)
    const { localServers, pricesOf } = await own.listen()
    const facts: WorkerFacts = {
      localServers: localServers.map(({ name, url }) => ({ name, url })),
      pricesOf,
      follows: toFollowed(options),
    }
    link.tell('ready', facts)
  } catch (error) {
    // The first process is gone, or does not need it any more.
    if (isStopping) return
    const sentences = toSentences(error)
    if (!sentences) throw error
    say(...sentences)
    process.exit(EXIT.misuse)
  }
}

/** Nothing else decides where callers connect. */
const withProgram = (options: AppOptions, program: ProgramSettings): AppOptions => {
  const { webSocketPort: _, ...others } = options
  return { ...others, ...program }
}

const toFollowed = ({ reloadOnChange = true, drainMs, logLevel }: AppOptions): Followed => ({
  reloadOnChange,
  drainMs,
  logLevel,
})

type Asks = Pick<FirstProcess, 'gatherMetrics' | 'gatherStates' | 'peers'>

const askBy = ({ ask }: FirstProcess['live']): Asks => ({
  gatherMetrics: () => ask('gatherMetrics') as ReturnType<Asks['gatherMetrics']>,
  gatherStates: () => ask('gatherStates') as ReturnType<Asks['gatherStates']>,
  peers: {
    locate: (caller, id) =>
      (ask('locate', caller, id) as Promise<string | undefined>).catch(() => undefined),
  },
})
