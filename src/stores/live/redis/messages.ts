/** Messages between processes, on a connection of their own: Redis sends them whenever it has one. */
import { asOwn, createChannels } from '../channels.ts'
import type { Listener } from '../live-store.ts'
import { type Connection, openConnection } from '../../redis/connection.ts'

export interface Messages {
  subscribe(channel: string, listener: Listener): () => void
  /** To the listeners of this process alone. */
  deliver(channel: string, message: string): void
  close(): Promise<void>
}

const PREFIX = 'sluice:'

export const toRedisChannel = (channel: string): string => `${PREFIX}${channel}`

export const createMessages = (url: string): Messages => {
  const channels = createChannels()
  let connection: Connection | undefined

  const open = (): Connection =>
    openConnection(url, 'sluice-subscriber', {
      // A new connection knows of no subscription.
      onReady() {
        const names = channels.names.map(toRedisChannel)
        if (names.length > 0) connection?.client?.subscribe(...names).catch(ignore)
      },
      onGone: ignore,
      // The connection for commands reports what is wrong with the server.
      onError: ignore,
      onMessage: (channel, message) => channels.deliver(channel.slice(PREFIX.length), message),
    })

  return {
    subscribe(channel, listener) {
      const own = asOwn(listener)
      const isFirst = channels.add(channel, own)
      connection ??= open()
      if (isFirst) connection.client?.subscribe(toRedisChannel(channel)).catch(ignore)
      return () => {
        if (channels.remove(channel, own))
          connection?.client?.unsubscribe(toRedisChannel(channel)).catch(ignore)
      }
    },
    deliver: channels.deliver,
    async close() {
      await connection?.close()
    },
  }
}

const ignore = (): void => undefined
