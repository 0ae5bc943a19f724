/** The configuration of all workers. The first process reads the file, so that all of them have the same text. */
import type { ReadFile } from '#config'
import type { WorkerProcess } from '#workers'
import type { Followed, ReloadAnswer, StartFiles } from './place.ts'
import { within } from './within.ts'

export interface ConfigurationOptions {
  /** What the program was started with. */
  readonly started: ReadFile
  readonly read: () => Promise<ReadFile>
  /** Those that serve, the first one first. */
  readonly serving: () => readonly WorkerProcess[]
  readonly onFollowed: (follows: Followed) => void
  readonly log: { error(fields: object, message: string): void }
}

export interface Configuration {
  /**
   * Decides what a new worker starts with.
   *
   * @param isRolled it has what was read last. Otherwise it has what the others have: it replaces one that ended by
   * itself, and a file with a fault must not be in its way.
   */
  assign(worker: WorkerProcess, isRolled: boolean): void
  /** Reads the file for workers that are rolled. */
  renew(): Promise<void>
  /** Resolves when a worker that has started has what the others have. */
  settle(worker: WorkerProcess): Promise<void>
  /** All workers load the file, and stay. */
  reload(): Promise<void>
}

/** A worker that is busy for longer is not waited for: it loads the file when it can. */
const RELOAD_MS = 10_000

/** What was read, and which time it was. */
interface Reading {
  readonly number: number
  readonly read: ReadFile
}

interface Readings {
  /** Settings that need a restart are from it. */
  readonly started: Reading
  readonly latest: Reading
}

export const createConfiguration = (options: ConfigurationOptions): Configuration => {
  const { serving, log, onFollowed } = options
  const initial = { number: 0, read: options.started }
  /** What workers have. None of them has refused it. */
  let inUse: Readings = { started: initial, latest: initial }
  let forRolled = initial
  let lastNumber = 0
  let isMissed = false
  let working: Promise<void> = Promise.resolve()
  const had = new WeakMap<WorkerProcess, Readings>()

  const read = async (): Promise<Reading> => {
    const number = ++lastNumber
    return { number, read: await options.read() }
  }

  const isBehind = (worker: WorkerProcess): boolean =>
    (had.get(worker)?.latest.number ?? 0) < inUse.latest.number

  /** @param isTold this worker reports what happened, for all of them. */
  const tell = async (
    worker: WorkerProcess,
    latest: Reading,
    isTold: boolean,
  ): Promise<ReloadAnswer | undefined> => {
    const before = had.get(worker) ?? inUse
    const asked = worker.link.ask('reload', latest.read, isTold)
    const answer = (await within(asked, RELOAD_MS)) as ReloadAnswer | undefined
    // One that refuses what others use keeps what it has, and is not asked for the same again.
    had.set(worker, { ...before, latest })
    if (answer) onFollowed(answer.follows)
    return answer
  }

  const reloadOnce = async (): Promise<void> => {
    const latest = await read()
    const asked = serving()
    isMissed = asked.length === 0
    const answers = await Promise.all(asked.map((worker, at) => tell(worker, latest, at === 0)))
    if (!answers.some((answer) => answer?.isLoaded)) return
    inUse = { ...inUse, latest: later(inUse.latest, latest) }
    const without = asked.filter((_, at) => !answers[at]?.isLoaded).map(({ id }) => id)
    if (without.length > 0)
      log.error({ workers: without }, 'some workers have not loaded the configuration')
    // Those that got ready in the meantime.
    for (const worker of serving()) if (isBehind(worker)) void tell(worker, inUse.latest, false)
  }

  const reload = (): Promise<void> => {
    working = working.then(reloadOnce)
    return working
  }

  return {
    assign(worker, isRolled) {
      const readings = isRolled ? { started: forRolled, latest: forRolled } : inUse
      had.set(worker, readings)
      const files: StartFiles = { started: readings.started.read, latest: readings.latest.read }
      worker.link.on('configuration', () => files)
    },
    async renew() {
      forRolled = later(forRolled, await read())
    },
    async settle(worker) {
      const own = had.get(worker) ?? inUse
      inUse = {
        started: later(inUse.started, own.started),
        latest: later(inUse.latest, own.latest),
      }
      if (isBehind(worker)) await tell(worker, inUse.latest, false)
      if (isMissed) void reload()
    },
    reload,
  }
}

const later = (a: Reading, b: Reading): Reading => (b.number > a.number ? b : a)
