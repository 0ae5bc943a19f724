/** The columns of the ledger, in the order in which a batch has their values. */
import type { LedgerTable } from '#stores'
import type { Column } from '../../rows/columns.ts'

/** A batch in the spool may be of an earlier version of Sluice: new columns are added at the end. */
export const COLUMNS: readonly Column<LedgerTable>[] = [
  ['id', 'text'],
  ['ended_at', 'bigint'],
  ['request_id', 'text'],
  ['log_request_id', 'text'],
  ['caller_id', 'text'],
  ['key_name', 'text'],
  ['owner', 'text'],
  ['route', 'text'],
  ['model', 'text'],
  ['provider', 'text'],
  ['target_model', 'text'],
  ['service_tier', 'text'],
  ['input_tokens', 'bigint'],
  ['cache_read_tokens', 'bigint'],
  ['cache_write_tokens', 'bigint'],
  ['cache_write_1h_tokens', 'bigint'],
  ['output_tokens', 'bigint'],
  ['reasoning_tokens', 'bigint'],
  ['audio_input_tokens', 'bigint'],
  ['audio_cache_read_tokens', 'bigint'],
  ['audio_output_tokens', 'bigint'],
  ['image_input_tokens', 'bigint'],
  ['image_cache_read_tokens', 'bigint'],
  ['image_output_tokens', 'bigint'],
  ['estimated', 'bigint'],
  ['cost_pico', 'bigint'],
  ['outcome', 'text'],
  ['attempts', 'bigint'],
  ['first_byte_ms', 'double precision'],
  ['duration_ms', 'double precision'],
  ['tags', 'text'],
]
