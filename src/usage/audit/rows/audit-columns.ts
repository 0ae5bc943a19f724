/** The columns of the audit, in the order in which a batch has their values. */
import type { AuditTable } from '#stores'
import type { Column } from '../../rows/columns.ts'

/** A batch in the spool may be of an earlier version of Sluice: new columns are added at the end. */
export const AUDIT_COLUMNS: readonly Column<AuditTable>[] = [
  ['id', 'text'],
  ['first_at', 'bigint'],
  ['last_at', 'bigint'],
  ['times', 'bigint'],
  ['request_id', 'text'],
  ['actor_id', 'text'],
  ['actor_name', 'text'],
  ['address', 'text'],
  ['action', 'text'],
  ['subject', 'text'],
  ['outcome', 'text'],
  ['status', 'bigint'],
]
