/** Streams in Redis. While it cannot be used, nobody waits for it. */
import type { Redis } from 'ioredis'
import { GatewayError } from '#model'
import { createHealth } from '../../live/health.ts'
import type { StoreLog } from '../../live/live-store.ts'
import { createPatience } from '../../live/patience.ts'
import { openConnection } from '../../redis/connection.ts'
import type { Step } from '../../redis/script.ts'
import { type Appended, type LogStreams, STREAM_KEPT_MS } from '../log-streams.ts'
import { createPipeline } from './pipeline.ts'
import { APPEND, FORGET, LOG_SCRIPTS, OPEN } from './scripts.ts'
import { createUnwanted } from './unwanted.ts'

export interface LogStreamsOptions {
  /** It may contain a password. */
  readonly redisUrl: string
  readonly log?: StoreLog
  readonly keptMs?: number
}

/** What a session may wait for Redis. */
const BUDGET_MS = 1_000
const RETRY_AFTER_MS = 1_000

const PROBE_KEY = 'sluice:{log}:probe'

export const createLogStreams = ({
  redisUrl,
  log,
  keptMs = STREAM_KEPT_MS,
}: LogStreamsOptions): LogStreams => {
  const patience = createPatience(BUDGET_MS)

  const connection = openConnection(redisUrl, 'sluice-logs', {
    onReady() {
      for (const { text } of LOG_SCRIPTS) connection.client?.script('LOAD', text).catch(health.fail)
      void health.ask()
    },
    onGone: () => health.fail(new Error('The connection was closed.')),
    onError: (error) => health.fail(error),
  })

  const health = createHealth({
    store: 'The log of sessions in Redis',
    // It is written: a server that can only be read, or has no memory left, is of no use.
    probe: async () => {
      const { client } = connection
      if (!client) throw new Error('There is no connection.')
      await patience.within(client.set(PROBE_KEY, '1', 'PX', BUDGET_MS))
    },
    onRecovery: () => unwanted.remove(),
    log,
  })

  /** Of a start, for its first sessions. */
  const begun = health.ready()

  const usable = (): Redis | undefined => (health.isWell ? connection.client : undefined)
  const pipeline = createPipeline({ usable, budgetMs: BUDGET_MS })

  const ask = async (step: Step): Promise<unknown> => {
    if (!health.isWell) await begun
    if (!usable()) throw unavailable()
    try {
      return await pipeline.send(step)
    } catch (error) {
      if (!isAboutOneStream(error as Error)) health.fail(error as Error)
      throw unavailable(error)
    }
  }

  const unwanted = createUnwanted(async (name) => {
    const client = usable()
    if (!client) throw unavailable()
    // When it is well again, it is tried again.
    await patience.within(client.unlink(...keysOf(name))).catch((error: Error) => {
      health.fail(error)
      throw error
    })
  })

  return {
    async open(name, epoch) {
      const reply = await ask({ script: OPEN, keys: keysOf(name), args: [keptMs, epoch] })
      const [last = 0, forgotten = 0, ...batches] = reply as readonly string[]
      return { lastSeq: Number(last), forgottenSeq: Number(forgotten), batches }
    },
    append: (name, epoch, { from, to, text }) =>
      ask({
        script: APPEND,
        keys: keysOf(name),
        args: [keptMs, epoch, from, to, text],
      }) as Promise<Appended>,
    async forget(name, upTo) {
      await ask({ script: FORGET, keys: keysOf(name), args: [keptMs, upTo] })
    },
    delete: unwanted.add,
    async close() {
      health.close()
      await connection.close()
    },
  }
}

/** Redis Cluster keeps both on one node. */
const keysOf = (name: string): [head: string, entries: string] => [
  `sluice:{log:${name}}:head`,
  `sluice:{log:${name}}:entries`,
]

/** What Redis says about one key, and about nothing else. */
const isAboutOneStream = ({ message }: Error): boolean => /^(?:ERR|WRONGTYPE) /.test(message)

const unavailable = (cause?: unknown): GatewayError =>
  new GatewayError(
    'store_unavailable',
    'The log of the sessions cannot be used now. Try again shortly.',
    {
      retryAfterMs: RETRY_AFTER_MS,
      cause,
    },
  )
