/**
 * What outlives a call: rows in SQLite or PostgreSQL; limits, slots and messages in this process or in Redis; values that
 * processes share in Redis.
 */
export * from './live/live-store.ts'
export { createLiveStore, type LiveStoreOptions } from './live/create-live-store.ts'
export { createLiveHost, type LiveHost } from './live/shared/live-host.ts'
export type { LivePort } from './live/shared/live-port.ts'
export { createGroups } from './rows/groups.ts'
export { backUpRows } from './rows/sqlite/back-up.ts'
export type {
  PostgresStore,
  RowOptions,
  RowStore,
  SqliteStore,
  SqlStatement,
} from './rows/row-store.ts'
export { createRows, type Rows } from './rows/rows.ts'
export type {
  AuditTable,
  LedgerMinuteTable,
  LedgerTable,
  RowSchema,
  SessionTable,
} from './rows/schema.ts'
export { urlSecrets } from './url-secrets.ts'
export { createSpool, type Spool, type SpooledBatch } from './rows/spool/spool.ts'
export {
  type CreateReplicaCalls,
  createReplicaCalls,
  type ReplicaCalls,
  type ReplicaEvents,
} from './replicas/calls/calls.ts'
export { createReplicaHub, type ReplicaHub } from './replicas/hub/replica-hub.ts'
export { createReplicas, type ReplicasOptions } from './replicas/create-replicas.ts'
export { createReplicaHost, type ReplicaHost } from './replicas/shared/replica-host.ts'
export * from './replicas/replicas.ts'
export * from './logs/log-streams.ts'
export { createLogStreams, type LogStreamsOptions } from './logs/redis/redis-log-streams.ts'
