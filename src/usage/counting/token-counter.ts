/** Counts the tokens of requests, with the tokenizer in a separate thread that serves callers in turn. */
import { Worker } from 'node:worker_threads'
import { GatewayError, type ModelRequest } from '#model'
import { type CountJob, createCountJob } from './count-job.ts'
import type { CountReply } from './count-messages.ts'
import { toCountable } from '../parts/countable.ts'
import { encodingOf } from '../model-encoding.ts'
import { createTurns } from './turns.ts'

export interface TokenCounter {
  /**
   * Rejects with the reason of the signal when it aborts, and stops counting.
   * @throws GatewayError `at_capacity` if too many are waiting, `internal` if the counting thread has died.
   */
  count(request: ModelRequest, model: string, asker?: Asker): Promise<number>
  close(): Promise<void>
}

export interface Asker {
  readonly callerId: string
  readonly signal?: AbortSignal
}

export interface TokenCounterOptions {
  /** How long the thread, with its tokenizer of 100 MB, is kept after its last use. */
  readonly idleMs?: number
}

/** How many counts may wait at one time: for one caller, and in total. */
const MAX_COUNTS_PER_CALLER = 256
const MAX_COUNTS = 1024

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './count-worker.ts' : './count-worker.js',
  import.meta.url,
)

interface Waiting {
  readonly job: CountJob
  resolve(tokens: number): void
  reject(error: unknown): void
}

const NOBODY: Asker = { callerId: '' }

/** Loads nothing before the first count. */
export const createTokenCounter = ({ idleMs = 60_000 }: TokenCounterOptions = {}): TokenCounter => {
  const turns = createTurns<Waiting>()
  /** The count whose slice the thread is working on. */
  let asked: Waiting | undefined
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let closed = false

  const stop = async (): Promise<void> => {
    clearTimeout(idle)
    const stopping = worker
    worker = undefined
    asked = undefined
    await stopping?.terminate()
  }

  const failAll = (cause: unknown): void => {
    for (const { reject } of turns.clear())
      reject(new GatewayError('internal', 'The tokens could not be counted.', { cause }))
  }

  const start = (): Worker => {
    // The thread must not inherit flags of this process, such as those of a test runner or a loader.
    const started = new Worker(WORKER, { execArgv: [], name: 'token-counter' })
    started.on('message', ({ tokens }: CountReply) => {
      asked?.job.add(tokens)
      asked = undefined
      sendNextSlice()
    })
    const lose = (cause: unknown): void => {
      if (worker !== started) return
      worker = undefined
      asked = undefined
      failAll(cause)
    }
    started.on('error', lose)
    started.on('exit', lose)
    return started
  }

  /** Sends the next slice to the thread, if it is idle. */
  const sendNextSlice = (): void => {
    if (asked) return
    const waiting = turns.next()
    if (!waiting) return rest()
    const slice = waiting.job.next()
    if (!slice) return waiting.resolve(waiting.job.tokens)
    clearTimeout(idle)
    worker ??= start()
    worker.ref()
    asked = waiting
    worker.postMessage(slice, [])
  }

  const rest = (): void => {
    // An idle thread must not keep the process alive.
    worker?.unref()
    clearTimeout(idle)
    idle = setTimeout(() => void stop(), idleMs).unref()
  }

  const expectRoom = (callerId: string): void => {
    if (turns.count >= MAX_COUNTS) throw tooMany('Too many counts wait here.', 503)
    if (turns.countOf(callerId) >= MAX_COUNTS_PER_CALLER)
      throw tooMany('Too many counts of this caller wait here.', 429)
  }

  return {
    async count(request, model, { callerId, signal } = NOBODY) {
      if (closed) throw new GatewayError('internal', 'The token counter is closed.')
      signal?.throwIfAborted()
      expectRoom(callerId)
      const job = createCountJob(toCountable(request, model), encodingOf(model))
      return new Promise<number>((resolve, reject) => {
        const leave = (): void => {
          turns.remove(callerId, waiting)
          signal?.removeEventListener('abort', abandon)
          sendNextSlice()
        }
        const abandon = (): void => {
          reject(signal?.reason)
          leave()
        }
        const waiting: Waiting = {
          job,
          resolve(tokens) {
            resolve(tokens)
            leave()
          },
          reject(error) {
            reject(error)
            signal?.removeEventListener('abort', abandon)
          },
        }
        signal?.addEventListener('abort', abandon)
        turns.add(callerId, waiting)
        sendNextSlice()
      })
    },
    async close() {
      closed = true
      await stop()
      failAll(undefined)
    },
  }
}

const tooMany = (message: string, status: number): GatewayError =>
  new GatewayError('at_capacity', `${message} Try again shortly.`, {
    status,
    vendorCode: 'too_many_counts',
  })
