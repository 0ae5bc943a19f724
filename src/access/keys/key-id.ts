/** What the log, the ledger and the audit show of a key: a hash that is stable across restarts. */
import { createHash } from 'node:crypto'

export const idOf = (key: string): string =>
  createHash('sha256').update('sluice caller\0').update(key).digest('hex').slice(0, 12)
