/** Ids of requests, distinct from those of any other process. */
import { randomBytes } from 'node:crypto'

export const createRequestIds = (): (() => string) => {
  const prefix = `req_${randomBytes(8).toString('hex')}`
  let count = 0
  return () => `${prefix}${(count++).toString(36).padStart(4, '0')}`
}
