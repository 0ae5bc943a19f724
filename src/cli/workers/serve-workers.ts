/** The first process of several: it accepts connections, has the live state and the log of all, and starts the workers. */
import type { App, Listening } from '#app'
import type { LoadedConfig, ReadFile } from '#config'
import { createLiveHost, createReplicaHost } from '#stores'
import { createLog, createLogRedactor, createStandardOutput } from '#telemetry'
import { createCrew, createHandOut, FailedStart, forkWorker, type WorkerProcess } from '#workers'
import { EXIT, say } from '../exit.ts'
import { createConfiguration } from './configuration.ts'
import { createGathering } from './gathering.ts'
import { createPeerPaths } from './peer-paths.ts'
import {
  type Followed,
  type ProgramSettings,
  toVariables,
  type WorkerFacts,
  type WorkerPlace,
} from './place.ts'

/** What serves: one process, or several. */
export interface Serving extends Pick<App, 'drain' | 'reportCrash'> {
  listen(): Promise<Omit<Listening, 'localServers'> & Partial<WorkerFacts>>
  /** @returns those settings in use afterwards that the first process follows. */
  reload(): Promise<{ readonly options: Partial<Followed> }>
}

/** @param follow called with the settings that workers have, when they may have changed. */
export const createWorkers = (
  { options, workers: count, read: started }: LoadedConfig,
  read: () => Promise<ReadFile>,
  follow: (follows: Followed) => void,
): Serving => {
  const output = createStandardOutput()
  const redact = createLogRedactor([])
  const log = createLog({ level: options.logLevel, redact, sink: output })
  const handOut = createHandOut()
  const live = createLiveHost()
  const replicas = createReplicaHost()
  const peerPaths = createPeerPaths()
  const gathering = createGathering(() => crew.workers, peerPaths.of)
  const program: ProgramSettings = {
    host: options.host,
    port: options.port,
    workers: count,
    ...(options.webSocketPort === undefined ? {} : { webSocketPort: options.webSocketPort }),
  }
  let address: WorkerPlace['address'] = options
  let facts: WorkerFacts | undefined
  let followed: Followed = options
  let lastId = 0

  const onFollowed = (follows: Followed): void => {
    followed = follows
    log.setLevel(follows.logLevel)
    follow(follows)
  }
  const configuration = createConfiguration({
    started,
    read,
    serving: () => crew.serving,
    onFollowed,
    log,
  })

  const start = (
    place: Pick<WorkerPlace, 'isFirst' | 'isFirstOfAll'>,
    isRolled: boolean,
  ): WorkerProcess => {
    const id = ++lastId
    const told: WorkerPlace = {
      id,
      address,
      program,
      ...place,
      peerPath: peerPaths.of(id),
      localServers: facts?.localServers,
    }
    const worker = forkWorker({ id, env: toVariables(told), writeLog: output.write })
    void worker.ended.then(live.serve(worker.link))
    void worker.ended.then(replicas.serve(worker.link))
    worker.link.on('taken', ([number]) => handOut.confirm(worker, Number(number)))
    worker.link.on('closed', () => handOut.ended(worker))
    gathering.answer(worker)
    configuration.assign(worker, isRolled)
    return worker
  }

  const crew = createCrew({
    count,
    drainMs: () => followed.drainMs,
    start: ({ position, isFirstOfAll, isRolled }) =>
      start({ isFirst: position === 0, isFirstOfAll }, isRolled),
    handOut,
    log,
    settle: (worker, said) => {
      onFollowed((said as WorkerFacts).follows)
      return configuration.settle(worker)
    },
    onReady: ({ id, pid }) => log.info({ worker: id, pid }, 'a worker is ready'),
    onHopeless() {
      say('Workers end again and again before they can serve: see the log and the lines above.')
      log.error({}, 'workers end again and again before they can serve')
      void drain().then(() => process.exit(EXIT.crash))
    },
  })
  const roll = async (): Promise<void> => {
    // While the workers start, they have the latest configuration.
    if (!facts) return
    await configuration.renew()
    await crew.roll()
  }
  // Windows has no such signal.
  if (process.platform !== 'win32') process.on('SIGUSR2', () => void roll())
  // Whatever ends this process ends its workers, too.
  process.once('exit', () => {
    crew.kill()
    peerPaths.remove()
  })

  const listen = async (): Promise<void> => {
    const { host, port } = options
    const { address: bound, port: taken } = await handOut.listen('http', port, host)
    address = { host: bound, port: taken }
    if (options.webSocketPort === undefined) return
    const own = await handOut.listen('websocket', options.webSocketPort, host)
    address = { ...address, webSocketPort: own.port }
  }

  const drain = async (): Promise<void> => {
    await crew.stop()
    log.info({}, 'drained')
    await (output.end?.() ?? output.flush())
  }

  return {
    async listen() {
      await listen()
      try {
        await crew.start((first) => (facts = first as WorkerFacts))
      } catch (error) {
        if (!(error instanceof FailedStart)) throw error
        // Asked to stop meanwhile: whoever asked ends this process.
        if (crew.isStopping) return new Promise(() => undefined)
        await crew.stop()
        // It has said what is wrong.
        process.exit(error.ending.code ?? EXIT.crash)
      }
      const { pricesOf, localServers = [] } = facts ?? {}
      const dated = pricesOf === undefined ? {} : { pricesOf }
      log.info({ ...address, workers: count, ...dated }, 'listening')
      return { ...address, localServers, ...dated }
    },
    async reload() {
      await configuration.reload()
      return { options: followed }
    },
    drain,
    reportCrash(error) {
      log.error({ error }, 'crashed')
      output.flush()
    },
  }
}
