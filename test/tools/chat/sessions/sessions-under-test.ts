/**
 * The stores that the contract of sessions is tested on: in memory, and in SQLite or in a real PostgreSQL. On real servers
 * also with the events in Redis.
 */
import { beforeAll, onTestFinished } from 'vitest'
import { createSessionStore, createStreamedStore, type SessionStore } from '#chat'
import { createLogStreams, createRows, type RowOptions, type Rows, type RowStore } from '#stores'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { withServers } from '../../servers/with-servers.ts'
import { type RowsUnderTest, useRowsUnderTest } from '../../stores/rows-under-test.ts'

export interface SessionsUnderTest {
  readonly store: SessionStore
  readonly rows: Rows
  readonly db: RowStore['db']
  /** What the clock of the store says. It stands still. */
  setNow(now: number): void
}

export interface SessionPlaces {
  readonly under: RowsUnderTest
  /** For `describe.each`: the name of a place, and what opens an empty store there. Closed after the test. */
  readonly places: readonly (readonly [name: string, open: () => Promise<SessionsUnderTest>])[]
}

const openWith = async (rows: Rows, redis?: RedisServer): Promise<SessionsUnderTest> => {
  let now = 1_000_000
  const { db } = await rows.open()
  const setNow = (time: number): void => void (now = time)
  const inRows = createSessionStore(rows, () => now)
  if (!redis) return { store: inRows, rows, db, setNow }
  const streams = createLogStreams({ redisUrl: redis.url })
  onTestFinished(() => streams.close())
  return { store: createStreamedStore(inRows, streams), rows, db, setNow }
}

/** Another process at the same place. @param redis where its events are. */
export const openAgain = (
  under: RowsUnderTest,
  place: RowOptions,
  redis?: RedisServer,
): Promise<SessionsUnderTest> => openWith(under.at(place), redis)

/** To be called once, at the top of a file of tests. */
export const useSessionPlaces = (): SessionPlaces => {
  const under = useRowsUnderTest()
  let redis: RedisServer | undefined
  beforeAll(async () => {
    if (withServers) redis = await startRedis()
  })
  const inMemory = (events?: RedisServer): Promise<SessionsUnderTest> => {
    const rows = createRows()
    onTestFinished(() => rows.close())
    return openWith(rows, events)
  }
  const inRows = async (events?: RedisServer): Promise<SessionsUnderTest> =>
    openAgain(under, await under.place(), events)
  const inRedis = async (open: typeof inRows): Promise<SessionsUnderTest> => {
    await redis?.command('FLUSHALL')
    return open(redis)
  }
  return {
    under,
    places: [
      ['memory', () => inMemory()],
      [under.kind, () => inRows()],
      ...(withServers
        ? ([
            ['memory, with events in Redis', () => inRedis(inMemory)],
            [`${under.kind}, with events in Redis`, () => inRedis(inRows)],
          ] as const)
        : []),
    ],
  }
}
