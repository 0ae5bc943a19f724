/** The stores that the contract of sessions is tested on: in memory, and in SQLite or in a real PostgreSQL. */
import { createSessionStore, type SessionStore } from '#chat'
import { createRows, type RowOptions, type Rows, type RowStore } from '#stores'
import { type RowsUnderTest, useRowsUnderTest } from '../../stores/rows-under-test.ts'
import { onTestFinished } from 'vitest'

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

const openWith = async (rows: Rows): Promise<SessionsUnderTest> => {
  let now = 1_000_000
  const { db } = await rows.open()
  const setNow = (time: number): void => void (now = time)
  return { store: createSessionStore(rows, () => now), rows, db, setNow }
}

/** Another process at the same place. */
export const openAgain = (under: RowsUnderTest, place: RowOptions): Promise<SessionsUnderTest> =>
  openWith(under.at(place))

/** To be called once, at the top of a file of tests. */
export const useSessionPlaces = (): SessionPlaces => {
  const under = useRowsUnderTest()
  const inMemory = (): Promise<SessionsUnderTest> => {
    const rows = createRows()
    onTestFinished(() => rows.close())
    return openWith(rows)
  }
  const inRows = async (): Promise<SessionsUnderTest> => openAgain(under, await under.place())
  return {
    under,
    places: [
      ['memory', inMemory],
      [under.kind, inRows],
    ],
  }
}
