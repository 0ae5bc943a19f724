/** Ids of rows, distinct from those of any other process, and in the order in which they were given. */
import { randomBytes } from 'node:crypto'

const TIME_DIGITS = 9
const COUNT_DIGITS = 7

export const createRowIds = (): (() => string) => {
  const process = randomBytes(6).toString('hex')
  const startedAt = Date.now().toString(36).padStart(TIME_DIGITS, '0')
  let count = 0
  return () => `${startedAt}-${process}-${(count++).toString(36).padStart(COUNT_DIGITS, '0')}`
}
