/**
 * The only writer of a session. Pieces of an answer are in the log at once and in the store with the next batch; what
 * changes rows is in the store before it is in the log. While the store fails, nothing is lost: it is tried again.
 */
import { GatewayError, type LogEvent, type StampedEvent } from '#model'
import {
  LOST_EVENTS,
  type SessionBatch,
  type SessionKey,
  type SessionStore,
} from '../../sessions/session-store.ts'
import { type SessionLog, sizeOf } from './session-log.ts'
import { toStored } from './stored-events.ts'
import { inBatches } from './in-batches.ts'
import { createUnstoredEvents, type Held } from './unstored-events.ts'
import { fromStore, storeUnavailable, toStoreError } from './from-store.ts'

export interface Change {
  readonly events: readonly LogEvent[]
  readonly rows?: Omit<SessionBatch, 'events'>
}

export interface SessionWriter {
  /** Readers get it at once. */
  stream(event: LogEvent): void
  /** Resolves when it is stored and in the log. Rejects if it cannot be stored now: then it has not happened. */
  commit(change: Change): Promise<void>
  /** The same, but it is tried until it is stored. Rejects if the log belongs to somebody else. */
  commitAtLast(change: Change): Promise<void>
  /** Runs after everything that was to be written before it. */
  read<Result>(work: () => Promise<Result>): Promise<Result>
  readonly isFailing: boolean
  /** Resolves when everything in the log is stored. Rejects if it cannot be stored now. */
  flush(): Promise<void>
  /** The same, but it is tried until it is stored. */
  settled(): Promise<void>
  /** Nothing is written any more. */
  stop(reason: GatewayError): void
}

export interface WriterOptions {
  readonly key: SessionKey
  readonly store: SessionStore
  readonly log: SessionLog
  readonly epoch: number
  readonly held: Held
  readonly now: () => number
  /** A change has been stored. Called before its events are in the log. */
  readonly onStored: (change: Change) => void
  /** The same, but whoever asked for it was told that it has not happened. Its events are in the log. */
  readonly onStoredLate: (change: Change) => void
  /** The session is gone, or belongs to another process. */
  readonly onLost: (reason: GatewayError) => void
  /** The store fails, and more waits for it than may be held. */
  readonly onOverflow: () => void
}

interface Job {
  /** Undefined: only what waits for the next batch. */
  readonly change?: Change
  /** Done in its turn, in place of a change. */
  readonly work?: () => Promise<void>
  /** It is tried until it is stored. */
  readonly isPatient: boolean
  resolve(): void
  reject(reason: GatewayError): void
}

interface Doubtful {
  readonly change: Change
  readonly events: readonly StampedEvent[]
  /** Whoever asked for it was told that it has not happened. */
  isRefused: boolean
}

const MAX_HELD_BYTES = 64 * 1024 * 1024
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000

export const createWriter = (options: WriterOptions): SessionWriter => {
  const { key, store, log, held, now } = options
  let { epoch } = options
  const jobs: Job[] = []
  const unstored = createUnstoredEvents(held)
  /** Came while a change was written, whose events have the next numbers. */
  let waiting: LogEvent[] = []
  let isChanging = false
  /** A change of which it is not known whether it was stored. */
  let doubtful: Doubtful | undefined
  const stored = new WeakSet<Change>()
  let isFailing = false
  /** The store works, but it has lost events. Nothing is written before they are there again. */
  let hasLost = false
  let isWorking = false
  let stopped: GatewayError | undefined
  let timer: NodeJS.Timeout | undefined
  let pauseMs = FIRST_PAUSE_MS

  const put = (event: LogEvent): void => {
    const stamped = log.stamp(event, now())
    unstored.add(stamped)
    timer ??= setTimeout(writeBatch, store.batchMs).unref()
    log.append(stamped)
    checkHeld()
  }

  const admitWaiting = (): void => {
    isChanging = false
    for (const event of waiting.splice(0)) {
      held.bytes -= sizeOf({ event })
      put(event)
    }
  }

  const wait = (event: LogEvent): void => {
    waiting.push(event)
    held.bytes += sizeOf({ event })
    checkHeld()
  }

  const checkHeld = (): void => {
    if (isFailing && held.bytes > MAX_HELD_BYTES) options.onOverflow()
  }

  /** It is stored: now it is in the log, too. */
  const settle = (change: Change, events: readonly StampedEvent[]): void => {
    doubtful = undefined
    stored.add(change)
    options.onStored(change)
    for (const stamped of events) log.append(stamped)
    admitWaiting()
  }

  const append = async (batch: SessionBatch, before: readonly StampedEvent[]): Promise<void> => {
    await fromStore(store.append(key, epoch, batch))
    if (stopped) throw stopped
    unstored.remove(before.length)
  }

  const write = async ({ change }: Job): Promise<void> => {
    // After a failure there may be more than a store takes at once. What comes meanwhile is for the next batch.
    for (let left = unstored.count; left > 0;) {
      const some = unstored.batch(left)
      if (change && some.length === left) break
      await append({ events: toStored(some, epoch) }, some)
      left -= some.length
    }
    if (!change) return
    isChanging = true
    const before = unstored.all()
    const at = now()
    const events = change.events.map((event, index) => log.stamp(event, at, index + 1))
    doubtful = { change, events, isRefused: false }
    await append({ ...change.rows, events: toStored([...before, ...events], epoch) }, before)
    settle(change, events)
  }

  /** After a failure: takes the log over once more, so that what was sent before cannot be stored any more. */
  const lookAgain = async (): Promise<void> => {
    const opened = await fromStore(store.open(key, epoch))
    if (stopped) throw stopped
    if (!opened) throw new GatewayError('conflict', 'The session is gone.')
    ;({ epoch } = opened)
    log.raise(opened)
    const unsure = doubtful
    const first = unsure?.events[0]
    if (unsure && first && first.seq <= opened.lastSeq) {
      settle(unsure.change, unsure.events)
      if (unsure.isRefused) options.onStoredLate(unsure.change)
    }
    doubtful = undefined
    admitWaiting()
    if (opened.lastSeq > log.lastSeq)
      throw new GatewayError('conflict', 'Another process has written to the log.')
    await writeMissing(opened.cut?.lastSeq ?? opened.lastSeq)
    isFailing = false
    pauseMs = FIRST_PAUSE_MS
  }

  /** What the store has lost is in the log, as far as a reader may need it. */
  const writeMissing = async (storedSeq: number): Promise<void> => {
    unstored.removeUpTo(storedSeq)
    const inLog = log.entriesAfter(storedSeq).map(({ event }) => event)
    const missing = new Map([...unstored.all(), ...inLog].map((event) => [event.seq, event]))
    if (missing.size === unstored.count) return
    const inOrder = [...missing.values()].toSorted((one, other) => one.seq - other.seq)
    for (const some of inBatches(inOrder)) {
      await fromStore(store.append(key, epoch, { events: toStored(some, epoch) }))
      if (stopped) throw stopped
      unstored.removeUpTo(some.at(-1)?.seq ?? 0)
    }
  }

  const refuseImpatient = (reason: GatewayError): void => {
    for (const job of jobs.splice(0))
      if (job.isPatient) jobs.push(job)
      // It has happened, although what the store has lost before it could not be written again.
      else if (job.change && stored.has(job.change)) job.resolve()
      else {
        if (doubtful && doubtful.change === job.change) doubtful.isRefused = true
        job.reject(reason)
      }
  }

  const pause = async (): Promise<void> => {
    await new Promise((resolve) => void setTimeout(resolve, pauseMs).unref())
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }

  const attempt = async (job: Job): Promise<void> => {
    if (isFailing || hasLost) {
      await lookAgain()
      // It may be the one of which it was not known.
      if (job.change && stored.has(job.change)) return
    }
    await (job.work ? job.work() : write(job))
  }

  const fail = (job: Job, reason: GatewayError): void => {
    if (reason.code === 'conflict') return lose(reason)
    if (job.work) return void dismiss(job, reason)
    // A store that loses them again at once is ill.
    if (reason.vendorCode === LOST_EVENTS && !hasLost) return void (hasLost = true)
    isFailing = true
    refuseImpatient(reason)
  }

  const dismiss = (job: Job, reason: GatewayError): void => {
    jobs.splice(jobs.indexOf(job), 1)
    job.reject(reason)
  }

  const lose = (reason: GatewayError): void => {
    stop(reason)
    options.onLost(reason)
  }

  const work = async (): Promise<void> => {
    if (isWorking) return
    isWorking = true
    for (;;) {
      const job = jobs[0]
      if (!job) break
      try {
        await attempt(job)
        hasLost = false
        jobs.splice(jobs.indexOf(job), 1)
        job.resolve()
      } catch (thrown) {
        if (stopped) break
        fail(job, toStoreError(thrown))
        if (isFailing) await pause()
      }
    }
    isWorking = false
    // What waits for a store that fails is tried again without being asked for.
    if (!stopped && (isFailing || unstored.count > 0))
      timer ??= setTimeout(writeBatch, pauseMs).unref()
  }

  const add = (job: Omit<Job, 'resolve' | 'reject'>): Promise<void> =>
    new Promise((resolve, reject) => {
      if (stopped) return reject(stopped)
      if (isFailing && !job.isPatient) return reject(storeUnavailable())
      jobs.push({ ...job, resolve, reject })
      void work()
    })

  const writeBatch = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (!stopped && jobs.length === 0) add({ isPatient: true }).catch(() => undefined)
  }

  const stop = (reason: GatewayError): void => {
    if (stopped) return
    stopped = reason
    clearTimeout(timer)
    unstored.remove(unstored.count)
    for (const event of waiting) held.bytes -= sizeOf({ event })
    waiting = []
    for (const job of jobs.splice(0)) job.reject(reason)
  }

  return {
    get isFailing() {
      return isFailing
    },
    stream(event) {
      if (stopped) return
      if (isChanging) wait(event)
      else put(event)
    },
    commit: (change) => add({ change, isPatient: false }),
    commitAtLast: (change) => add({ change, isPatient: true }),
    async read(read) {
      let result: Awaited<ReturnType<typeof read>> | undefined
      await add({
        isPatient: false,
        work: async () => void (result = await fromStore(read())),
      })
      return result as Awaited<ReturnType<typeof read>>
    },
    flush: () => add({ isPatient: false }),
    settled: () => add({ isPatient: true }),
    stop,
  }
}
