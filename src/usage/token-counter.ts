/** Counts the tokens of requests, with the tokenizer in a thread of its own. */
import { Worker } from 'node:worker_threads'
import { GatewayError, type ModelRequest } from '#model'
import type { CountQuestion, CountReply } from './count-messages.ts'
import { toCountable } from './countable.ts'
import { encodingOf } from './model-encoding.ts'

export interface TokenCounter {
  /** @throws GatewayError `internal` where the counting thread is gone. */
  count(request: ModelRequest, model: string): Promise<number>
  close(): Promise<void>
}

export interface TokenCounterOptions {
  /** How long the thread, and the hundred megabytes of its tokenizer, outlive their last use. */
  readonly idleMs?: number
}

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './count-worker.ts' : './count-worker.js',
  import.meta.url,
)

interface Waiting {
  resolve(tokens: number): void
  reject(error: GatewayError): void
}

/** Nothing is loaded before the first count. */
export const createTokenCounter = ({ idleMs = 60_000 }: TokenCounterOptions = {}): TokenCounter => {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let closed = false
  let nextId = 0

  const stop = async (): Promise<void> => {
    clearTimeout(idle)
    const stopping = worker
    worker = undefined
    await stopping?.terminate()
  }

  const failAll = (cause: unknown): void => {
    const failed = [...waiting.values()]
    waiting.clear()
    for (const { reject } of failed)
      reject(new GatewayError('internal', 'The tokens could not be counted.', { cause }))
  }

  const start = (): Worker => {
    // The flags of this process (a test runner's, a loader's) are not the thread's business.
    const started = new Worker(WORKER, { execArgv: [], name: 'token-counter' })
    started.on('message', ({ id, tokens }: CountReply) => {
      const asked = waiting.get(id)
      waiting.delete(id)
      if (waiting.size === 0) {
        // An idle thread keeps no process alive.
        started.unref()
        idle = setTimeout(() => void stop(), idleMs).unref()
      }
      asked?.resolve(tokens)
    })
    const lose = (cause: unknown): void => {
      if (worker !== started) return
      worker = undefined
      failAll(cause)
    }
    started.on('error', lose)
    started.on('exit', lose)
    return started
  }

  return {
    async count(request, model) {
      if (closed) throw new GatewayError('internal', 'The token counter is closed.')
      const { knownTokens, texts, pdfs } = toCountable(request, model)
      clearTimeout(idle)
      worker ??= start()
      worker.ref()
      const question: CountQuestion = { id: nextId++, encoding: encodingOf(model), texts, pdfs }
      const asked = worker
      const tokens = await new Promise<number>((resolve, reject) => {
        waiting.set(question.id, { resolve, reject })
        asked.postMessage(question, [])
      })
      return knownTokens + tokens
    },
    async close() {
      closed = true
      await stop()
      failAll(undefined)
    },
  }
}
