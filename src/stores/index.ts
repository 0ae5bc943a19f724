/** What outlives a call: rows in SQLite or PostgreSQL; limits, slots and messages in this process or in Redis. */
export * from './live/live-store.ts'
export { createLiveStore, type LiveStoreOptions } from './live/create-live-store.ts'
export type { RowOptions, RowStore } from './rows/row-store.ts'
export { createRows, type Rows } from './rows/rows.ts'
export type { LedgerMinuteTable, LedgerTable, RowSchema } from './rows/schema.ts'
export { urlSecrets } from './url-secrets.ts'
export { createSpool, type Spool, type SpooledBatch } from './rows/spool/spool.ts'
