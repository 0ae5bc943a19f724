/** Reads what was sent to this process, on a connection of its own: Redis answers as soon as there is something. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { openConnection } from '../../redis/connection.ts'
import { toInboxKey } from './keys.ts'

export interface Inbox {
  /** The stream may have begun anew. */
  rewind(): void
  close(): Promise<void>
}

export interface InboxOptions {
  /** It may contain a password. */
  readonly url: string
  readonly self: string
  /** For what is not to wait for messages. */
  readonly usable: () => Redis | undefined
  readonly onBatch: (text: string) => void
}

/** How many batches are read at once. */
const READ_BATCHES = 64

/** Shorter than the silence after which a connection is taken for dead. */
const BLOCK_MS = 1_000

/** How often what was read is removed. */
const TRIM_MS = 250

/** After a failure that is not the connection's. */
const PAUSE_MS = 250

const BEGINNING = '0-0'

type Entry = readonly [id: string, fields: readonly string[]]

export const createInbox = ({ url, self, usable, onBatch }: InboxOptions): Inbox => {
  const key = toInboxKey(self)
  let place = BEGINNING
  let isRewound = false
  let untrimmed = BEGINNING
  let trimmedAtMs = 0

  const connection = openConnection(url, 'sluice-inbox', {
    onReady() {
      isRewound = true
      const { client } = connection
      if (client) void readAll(client)
    },
    onGone: ignore,
    // The connection for commands reports what is wrong with the server.
    onError: ignore,
  })

  const trim = (): void => {
    if (untrimmed === BEGINNING || performance.now() - trimmedAtMs < TRIM_MS) return
    trimmedAtMs = performance.now()
    usable()?.xtrim(key, 'MINID', behind(untrimmed)).catch(ignore)
    untrimmed = BEGINNING
  }

  const read = async (client: Redis): Promise<void> => {
    const from = isRewound ? BEGINNING : place
    isRewound = false
    const reply = await client.xread('COUNT', READ_BATCHES, 'BLOCK', BLOCK_MS, 'STREAMS', key, from)
    for (const [id, fields] of toEntries(reply)) {
      place = id
      untrimmed = id
      onBatch(fields[1] ?? '')
    }
    trim()
  }

  const readAll = async (client: Redis): Promise<void> => {
    while (connection.client === client) {
      try {
        await read(client)
      } catch {
        await sleep(PAUSE_MS, undefined, { ref: false })
      }
    }
  }

  return {
    rewind: () => void (isRewound = true),
    close: connection.close,
  }
}

const toEntries = (reply: unknown): readonly Entry[] => {
  if (reply === null) return []
  const streams = reply as readonly (readonly [key: string, entries: readonly Entry[]])[]
  return streams[0]?.[1] ?? []
}

/** The first id that is larger. */
const behind = (id: string): string => {
  const [ms, number] = id.split('-')
  return `${ms}-${Number(number) + 1}`
}

const ignore = (): void => undefined
