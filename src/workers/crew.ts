/** The workers: starts them, replaces those that end, replaces all one by one, and ends them. */
import { type Ending, FailedStart, type WorkerProcess } from './worker-process.ts'
import type { HandOut } from './hand-out.ts'
import { createRestarts, type Restarts } from './restarts.ts'

export interface CrewOptions {
  readonly count: number
  readonly start: (place: CrewPlace) => WorkerProcess
  readonly handOut: HandOut
  /** How long the calls of a worker may take to end. */
  readonly drainMs: () => number
  readonly log: CrewLog
  /** A worker has started. It gets connections when this resolves. */
  readonly settle: (worker: WorkerProcess, facts: unknown) => Promise<void>
  /** A worker can be used. */
  readonly onReady: (worker: WorkerProcess) => void
  /** No worker gets ready any more. */
  readonly onHopeless: () => void
}

interface CrewPlace {
  /** 0 for the first, which does what is done once for all of them. */
  readonly position: number
  /** The program is starting, and this is its first worker. */
  readonly isFirstOfAll: boolean
  /** It replaces one that has not ended. */
  readonly isRolled: boolean
}

interface CrewLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface Crew {
  /** The first is ready before the others start. Rejects with a `FailedStart`. @param onFirst is told what it said. */
  start(onFirst: (facts: unknown) => void): Promise<void>
  /** Replaces all, one by one: each new one can be used before the old one takes no more connections. */
  roll(): Promise<void>
  readonly isStopping: boolean
  /** Those that take connections, the first one first. */
  readonly serving: readonly WorkerProcess[]
  /** All that live, also those that only finish their calls. */
  readonly workers: readonly WorkerProcess[]
  /** Resolves when all have ended. */
  stop(): Promise<void>
  kill(): void
}

/** A worker that has not ended by then does not answer. */
const DRAIN_MARGIN_MS = 5_000

interface Position {
  readonly at: number
  readonly restarts: Restarts
  worker?: WorkerProcess | undefined
  isRolling: boolean
  timer?: NodeJS.Timeout | undefined
}

export const createCrew = (options: CrewOptions): Crew => {
  const { handOut, log } = options
  const positions = Array.from({ length: options.count }, (_, at): Position => ({
    at,
    restarts: createRestarts(),
    isRolling: false,
  }))
  const living = new Set<WorkerProcess>()
  const retired = new Set<WorkerProcess>()
  let isStopping = false
  let isRolling = false
  let rollsAgain = false

  /** Rejects with a `FailedStart`. */
  const open = async (
    position: Position,
    { isFirstOfAll = false, isRolled = false }: Partial<CrewPlace> = {},
  ): Promise<unknown> => {
    const worker = options.start({ position: position.at, isFirstOfAll, isRolled })
    living.add(worker)
    void worker.ended.then((ending) => noteEnd(position, worker, ending))
    const facts = await worker.ready
    await options.settle(worker, facts)
    if (!living.has(worker)) throw new FailedStart(await worker.ended)
    if (isStopping) return facts
    const before = position.worker
    position.worker = worker
    position.restarts.ready()
    options.onReady(worker)
    handOut.add(worker)
    if (before) retire(before)
    return facts
  }

  const retire = (worker: WorkerProcess): void => {
    handOut.remove(worker)
    end(worker, false)
  }

  /** @param isLast of the program: it writes that the program has ended. */
  const end = (worker: WorkerProcess, isLast: boolean): void => {
    retired.add(worker)
    worker.link.tell('drain', isLast)
    const timer = setTimeout(() => worker.kill('SIGKILL'), options.drainMs() + DRAIN_MARGIN_MS)
    void worker.ended.then(() => clearTimeout(timer))
  }

  const noteEnd = (position: Position, worker: WorkerProcess, ending: Ending): void => {
    living.delete(worker)
    handOut.lose(worker)
    const facts = { worker: worker.id, pid: worker.pid, ...ending }
    if (retired.delete(worker)) return void (isStopping || log.info(facts, 'a worker has drained'))
    if (isStopping || position.worker !== worker) return
    log.error(facts, 'a worker ended, and is replaced')
    position.worker = undefined
    if (!position.isRolling) replace(position)
  }

  const replace = (position: Position): void => {
    const waitMs = position.restarts.ended()
    if (waitMs === undefined) return options.onHopeless()
    position.timer = setTimeout(() => {
      if (!isStopping) open(position).catch(() => isStopping || replace(position))
    }, waitMs)
  }

  const rollOne = async (position: Position): Promise<void> => {
    position.isRolling = true
    clearTimeout(position.timer)
    try {
      await open(position, { isRolled: true })
    } finally {
      position.isRolling = false
    }
  }

  const rollAll = async (): Promise<void> => {
    for (const position of positions) {
      if (isStopping) return
      try {
        await rollOne(position)
      } catch {
        if (isStopping) return
        log.error({}, 'a new worker did not start: the workers that are left go on')
        if (!position.worker) replace(position)
        return
      }
    }
    log.info({ workers: positions.length }, 'all workers are replaced')
  }

  return {
    async start(onFirst) {
      const [first, ...others] = positions
      if (first) onFirst(await open(first, { isFirstOfAll: true }))
      await Promise.all(others.map((position) => open(position)))
    },
    async roll() {
      // What has changed in the meantime counts, too.
      rollsAgain = true
      if (isRolling) return
      isRolling = true
      while (rollsAgain) {
        rollsAgain = false
        await rollAll()
      }
      isRolling = false
    },
    get isStopping() {
      return isStopping
    },
    get serving() {
      return positions.flatMap(({ worker }) => worker ?? [])
    },
    get workers() {
      return [...living]
    },
    async stop() {
      isStopping = true
      handOut.close()
      for (const { timer } of positions) clearTimeout(timer)
      let isLast = true
      for (const worker of living) {
        if (retired.has(worker)) continue
        // One that is not ready yet has no calls.
        if (!positions.some((each) => each.worker === worker)) worker.kill('SIGKILL')
        else {
          end(worker, isLast)
          isLast = false
        }
      }
      await Promise.all([...living].map(({ ended }) => ended))
    },
    kill() {
      for (const worker of living) worker.kill('SIGKILL')
    },
  }
}
