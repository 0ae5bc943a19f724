/** Batches that wait for their database: on disk if there is a spool, otherwise in memory. */
import type { Spool } from '#stores'

/** Rows that are written together. */
export interface Batch {
  readonly json: string
  /** How many rows these are. */
  readonly count: number
}

interface Waiting {
  readonly json: string
  /** Does not reject. What was delivered does not come again, even if it cannot be removed. */
  remove(): Promise<void>
}

export interface Backlog {
  /** Does not reject: a batch for which there is no room is counted as lost. */
  add(batch: Batch): Promise<void>
  first(): Promise<Waiting | undefined>
  /** Rows that a process that is killed now would lose. */
  readonly heldRows: number
  /** All rows of this process that wait, on disk or in memory. */
  readonly waitingRows: number
  /** Whether so many more rows may be held, in memory, besides those that are held already. */
  hasRoomFor(rows: number): boolean
  /** Counts rows that nobody holds. */
  lose(rows: number): void
  /** How many rows were lost since this was last asked. */
  takeLost(): number
}

/** About 6 MB. */
const MAX_WAITING_ROWS = 20_000

/** @param onSpoolFault called if a batch could not be kept on disk, or not be removed. */
export const createBacklog = (
  spool: Spool | undefined,
  onSpoolFault: (error: unknown) => void,
): Backlog => {
  const held: Batch[] = []
  let heldRows = 0
  /** The rows of each batch that this process has on disk, by its id there. */
  const spooled = new Map<number, number>()
  let lost = 0
  /** The last batch that was delivered, if a full disk keeps it in the spool. */
  let lastDone = 0

  const hasRoomFor = (rows: number): boolean => heldRows + rows <= MAX_WAITING_ROWS
  const lose = (rows: number): void => void (lost += rows)

  const hold = (batch: Batch): void => {
    if (!hasRoomFor(batch.count)) return lose(batch.count)
    held.push(batch)
    heldRows += batch.count
  }

  const firstHeld = (): Waiting | undefined => {
    const [batch] = held
    if (!batch) return undefined
    const remove = async (): Promise<void> => {
      held.shift()
      heldRows -= batch.count
    }
    return { json: batch.json, remove }
  }

  const firstSpooled = async ({ first, remove }: Spool): Promise<Waiting | undefined> => {
    const found = await first(lastDone)
    if (!found) {
      // Another process may have sent them.
      spooled.clear()
      return undefined
    }
    return {
      json: found.batch,
      async remove() {
        spooled.delete(found.id)
        try {
          await remove(found.id)
          lastDone = 0
        } catch (error) {
          // Otherwise it would be delivered again and again. A later one takes it along.
          lastDone = found.id
          onSpoolFault(error)
        }
      },
    }
  }

  return {
    async add(batch) {
      // What is held came later than all that is on disk, and this batch still later.
      if (!spool || held.length > 0) return hold(batch)
      try {
        spooled.set(await spool.add(batch.json), batch.count)
      } catch (error) {
        onSpoolFault(error)
        hold(batch)
      }
    },
    async first() {
      return (spool && (await firstSpooled(spool).catch(() => undefined))) ?? firstHeld()
    },
    get heldRows() {
      return heldRows
    },
    get waitingRows() {
      return [...spooled.values()].reduce((sum, rows) => sum + rows, heldRows)
    },
    hasRoomFor,
    lose,
    takeLost() {
      const count = lost
      lost = 0
      return count
    },
  }
}
