/** Sends what many sessions ask for at the same time together, and not more at once than Redis answers soon. */
import type { Redis } from 'ioredis'
import { createPatience } from '../../live/patience.ts'
import { runStep, type Step } from '../../redis/script.ts'

export interface Pipeline {
  /** Rejects if Redis refuses it, or does not answer in time. */
  send(step: Step): Promise<unknown>
}

export interface PipelineOptions {
  /** Undefined while Redis cannot be used. */
  readonly usable: () => Redis | undefined
  readonly budgetMs: number
}

interface Waiting {
  readonly step: Step
  resolve(answer: unknown): void
  reject(error: unknown): void
}

type Answer = readonly [error: Error | null, value: unknown]

/** What may be on its way. The rest waits, and its time begins when it is sent. */
const MAX_SENT_BYTES = 4 * 1024 * 1024
const MAX_STEPS = 256

export const createPipeline = ({ usable, budgetMs }: PipelineOptions): Pipeline => {
  const patience = createPatience(budgetMs)
  let waiting: Waiting[] = []
  let sentBytes = 0
  let isDue = false

  const flush = (): void => {
    isDue = false
    for (;;) {
      if (waiting.length === 0 || sentBytes >= MAX_SENT_BYTES) return
      void sendSome(takeSome())
    }
  }

  const takeSome = (): readonly Waiting[] => {
    let bytes = sentBytes
    let count = 0
    for (const { step } of waiting) {
      if (count === MAX_STEPS || (count > 0 && bytes > MAX_SENT_BYTES)) break
      bytes += bytesOf(step)
      count++
    }
    const some = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return some
  }

  const sendSome = async (some: readonly Waiting[]): Promise<void> => {
    const client = usable()
    const bytes = some.reduce((sum, { step }) => sum + bytesOf(step), 0)
    sentBytes += bytes
    try {
      if (!client) throw new Error('Redis cannot be used.')
      const answers = await patience.within(runAll(client, some))
      for (const [at, each] of some.entries()) settle(client, each, answers[at])
    } catch (error) {
      // What waits would wait in vain, too.
      for (const { reject } of [...some, ...waiting.splice(0)]) reject(error)
    } finally {
      sentBytes -= bytes
      flush()
    }
  }

  /** A Redis whose scripts were flushed needs the text once more. */
  const settle = (client: Redis, { step, resolve, reject }: Waiting, answer?: Answer): void => {
    const [error, value] = answer ?? [new Error('Redis answered less than was asked.'), undefined]
    if (!error) return resolve(value)
    if (!error.message.startsWith('NOSCRIPT')) return reject(error)
    patience.within(runStep(client, step)).then(resolve, reject)
  }

  return {
    send: (step) =>
      new Promise((resolve, reject) => {
        waiting.push({ step, resolve, reject })
        if (isDue) return
        isDue = true
        setImmediate(flush)
      }),
  }
}

const runAll = async (client: Redis, some: readonly Waiting[]): Promise<readonly Answer[]> => {
  const pipeline = client.pipeline()
  for (const { step } of some)
    pipeline.evalsha(step.script.sha, step.keys.length, ...step.keys, ...step.args)
  return (await pipeline.exec()) ?? []
}

const bytesOf = ({ args }: Step): number => {
  const last = args.at(-1)
  return typeof last === 'string' ? last.length : 0
}
