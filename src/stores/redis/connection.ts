/** One connection to Redis, which is opened again, by its name, for as long as the process lives. */
import type { Redis, RedisOptions } from 'ioredis'

export interface ConnectionEvents {
  onReady(): void
  onGone(): void
  /** Of the connection itself. The error may contain a password: only its message is for others. */
  onError(error: Error): void
  onMessage?(channel: string, message: string): void
}

export interface Connection {
  /** Present while it can be used. */
  readonly client: Redis | undefined
  close(): Promise<void>
}

/** A server that says nothing for this long is looked up anew: it may have moved, and nobody told us. */
const SILENCE_MS = 2_000

const HEARTBEAT_MS = 5_000

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000

/** For commands that were sent before the end. */
const PARTING_MS = 100

const OPTIONS: RedisOptions = {
  // What cannot be sent now is answered by limits of this process. What was sent is never sent twice.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  autoResubscribe: false,
  connectTimeout: SILENCE_MS,
  retryStrategy: (times) => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(times, 10)),
  // After a failover the name leads to another server.
  reconnectOnError: ({ message }) => message.includes('READONLY'),
  lazyConnect: true,
}

/** Runs after what has arrived was read. */
const afterSilence = (judge: () => void): NodeJS.Timeout =>
  setTimeout(() => setImmediate(judge), SILENCE_MS).unref()

export const openConnection = (
  url: string,
  connectionName: string,
  events: ConnectionEvents,
): Connection => {
  let redis: Redis | undefined
  let closed = false
  let handshake: NodeJS.Timeout | undefined

  const heartbeat = setInterval(() => {
    if (redis?.status !== 'ready') return
    const client = redis
    let heard = false
    const hear = (): void => {
      heard = true
    }
    client.ping().then(hear, hear)
    afterSilence(() => {
      if (!heard) client.disconnect(true)
    })
  }, HEARTBEAT_MS).unref()

  const open = async (): Promise<void> => {
    const { Redis: Client } = await import('ioredis')
    if (closed) return
    const client = new Client(url, { ...OPTIONS, connectionName, disconnectTimeout: PARTING_MS })
    redis = client
    client.on('connect', () => {
      handshake = afterSilence(() => {
        if (client.status === 'connect') client.disconnect(true)
      })
    })
    client.on('ready', () => {
      clearTimeout(handshake)
      events.onReady()
    })
    client.on('close', () => {
      clearTimeout(handshake)
      events.onGone()
    })
    client.on('error', events.onError)
    client.on('message', (channel, message) => events.onMessage?.(channel, message))
    client.connect().catch(() => undefined)
  }
  open().catch(events.onError)

  return {
    get client() {
      return redis?.status === 'ready' ? redis : undefined
    },
    async close() {
      closed = true
      clearInterval(heartbeat)
      clearTimeout(handshake)
      if (redis?.status === 'ready')
        await Promise.race([redis.quit().catch(() => undefined), sleep(PARTING_MS)])
      redis?.disconnect()
    },
  }
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, ms).unref())
