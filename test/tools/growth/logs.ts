/** Work of logs, whose readers may be many, or far behind. */
import { createEventLog } from '#runs'
import type { Measured, Work } from './measure.ts'

const createLog = (maxEvents = Infinity) =>
  createEventLog<string>({
    sizeOf: ({ length }) => length,
    join: (earlier, later) => earlier + later,
    maxEvents,
    slow: { maxEvents: 1_000, maxBytes: 1_000_000, forMs: 5_000 },
  })

const READER = { take: () => true, end: () => undefined }

const appends =
  (maxEvents: number, readers: number): Work =>
  (size) => {
    const log = createLog(maxEvents)
    for (let count = 0; count < readers; count++) log.follow(0, READER)
    return () => {
      for (let count = 0; count < size; count++) log.append('token')
    }
  }

const catchesUp: Work = (size) => {
  const log = createLog()
  for (let count = 0; count < size; count++) log.append('token')
  return () => log.follow(0, READER).stop()
}

const forgets: Work = (size) => {
  const log = createLog()
  for (let count = 0; count < size; count++) log.append('token')
  return () => {
    for (let seq = 1; seq <= size; seq++) log.forget(seq)
  }
}

export const LOGS: Readonly<Record<string, readonly Measured[]>> = {
  logs: [
    ['events that are kept', 20_000, appends(Infinity, 1)],
    ['events of which half are forgotten', 20_000, (size) => appends(size / 2, 1)(size)],
    ['events for several readers', 5_000, appends(1_000, 10)],
    ['a reader that is far behind', 20_000, catchesUp],
    ['events that are forgotten one by one', 20_000, forgets],
  ],
}
