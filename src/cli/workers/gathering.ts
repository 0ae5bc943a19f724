/** Answers what one worker wants to know of all: their metrics, what they say of themselves, who knows a response. */
import { type MetricsPart, sumReadings, toLasting } from '#telemetry'
import type { WorkerProcess } from '#workers'
import { within } from './within.ts'

export interface Gathering {
  /** Answers the questions of this worker. What it counted remains when it has ended. */
  answer(worker: WorkerProcess): void
}

/** A worker that is busy for longer is described as it was before. */
const GATHER_MS = 1_000
/** A call waits for it, which would otherwise be refused. */
const LOCATE_MS = 5_000

/** @param pathOf where the worker of this number takes requests from others. */
export const createGathering = (
  workers: () => readonly WorkerProcess[],
  pathOf: (id: number) => string,
): Gathering => {
  /** What each said last. */
  const latest = new Map<WorkerProcess, MetricsPart>()
  /** What those counted that are gone. Without it, counters would fall. */
  let gone: MetricsPart = { readings: [], process: [] }

  const note = (worker: WorkerProcess, part: unknown): void => {
    if (part) latest.set(worker, { ...(part as MetricsPart), worker: `${worker.id}` })
  }

  const forget = (worker: WorkerProcess): void => {
    const part = latest.get(worker)
    latest.delete(worker)
    if (!part) return
    gone = { ...gone, readings: sumReadings([gone.readings, toLasting(part.readings)]) }
  }

  const gatherMetrics = async (): Promise<MetricsPart[]> => {
    const noted = workers().map(async (worker) =>
      note(worker, await within(worker.link.ask('metrics'), GATHER_MS)),
    )
    await Promise.all(noted)
    return [gone, ...latest.values()]
  }

  const gatherStates = async (): Promise<unknown[]> => {
    const states = workers().map(({ link }) => within(link.ask('state'), GATHER_MS))
    return (await Promise.all(states)).filter((state) => state !== undefined)
  }

  /** Where the worker is that knows a response of a caller. */
  const locate = async (
    asking: WorkerProcess,
    question: readonly unknown[],
  ): Promise<string | undefined> => {
    const others = workers().filter((worker) => worker !== asking)
    const answers = others.map(async (worker) => {
      if ((await within(worker.link.ask('knows', ...question), LOCATE_MS)) !== true)
        throw new Error('unknown')
      return pathOf(worker.id)
    })
    return Promise.any(answers).catch(() => undefined)
  }

  return {
    answer(worker) {
      const { link, ended } = worker
      link.on('farewell', ([part]) => note(worker, part))
      link.on('locate', (question) => locate(worker, question))
      link.on('gatherMetrics', gatherMetrics)
      link.on('gatherStates', gatherStates)
      void ended.then(() => forget(worker))
    },
  }
}
