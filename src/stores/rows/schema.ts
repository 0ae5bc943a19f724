/** The tables in their latest version, as the migrations leave them. */

export interface RowSchema {
  readonly ledger: LedgerTable
  readonly ledger_minutes: LedgerMinuteTable
  readonly audit: AuditTable
  readonly sessions: SessionTable
  readonly session_messages: SessionMessageTable
  readonly session_runs: SessionRunTable
  readonly session_queue: SessionQueueTable
  readonly session_events: SessionEventTable
  readonly session_texts: SessionTextTable
  readonly uploads: UploadTable
  readonly upload_pieces: UploadPieceTable
  readonly session_uploads: SessionUploadTable
}

/** A row a call. */
export interface LedgerTable {
  /** In the order in which the calls of a process ended, but for those with an id of their own. */
  readonly id: string
  /** In milliseconds of Unix time. */
  readonly ended_at: number
  /** The `x-request-id` of the answer. */
  readonly request_id: string
  /** The `requestId` of the call's log line: another one if an upstream gave the answer its own. */
  readonly log_request_id: string
  readonly caller_id: string
  readonly key_name: string | null
  readonly owner: string | null
  readonly route: string
  /** The model that the client asked for. */
  readonly model: string | null
  /** The target that served the call, or failed last. */
  readonly provider: string | null
  readonly target_model: string | null
  readonly service_tier: string | null
  /** All input, including what was read from a cache and written to one. */
  readonly input_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  /** The part of `cache_write_tokens` that is kept for an hour. */
  readonly cache_write_1h_tokens: number
  readonly output_tokens: number
  readonly reasoning_tokens: number
  readonly audio_input_tokens: number
  readonly audio_cache_read_tokens: number
  readonly audio_output_tokens: number
  readonly image_input_tokens: number
  readonly image_cache_read_tokens: number
  readonly image_output_tokens: number
  /** 1 if Sluice counted the tokens, and not the upstream. */
  readonly estimated: number
  /** In millionths of a millionth of a US dollar, so that sums are exact. Null if the price is unknown. */
  readonly cost_pico: number | null
  readonly outcome: string
  readonly attempts: number
  readonly first_byte_ms: number | null
  readonly duration_ms: number
  /** Separated by commas. */
  readonly tags: string | null
  /** What the cache did: `hit`, `miss` or `bypass`. Null if there is none. */
  readonly cache: string | null
  /** What a hit would have cost, as `cost_pico`. Null if that is unknown, or if it is no hit. */
  readonly saved_pico: number | null
}

/** The sums of a minute, for each caller and target. An empty text means that there is none. */
export interface LedgerMinuteTable {
  /** The start of the minute, in milliseconds of Unix time. */
  readonly minute: number
  readonly caller_id: string
  readonly key_name: string
  readonly owner: string
  readonly provider: string
  readonly target_model: string
  readonly calls: number
  /** Calls with another outcome than `ok`. */
  readonly failed_calls: number
  /** Calls whose price is unknown. */
  readonly unpriced_calls: number
  readonly input_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  readonly output_tokens: number
  readonly reasoning_tokens: number
  readonly cost_pico: number
  readonly duration_ms: number
  /** Calls that the cache answered, and those of them of which it is unknown what they would have cost. */
  readonly cached_calls: number
  readonly unpriced_cached_calls: number
  readonly saved_pico: number
}

/** What happened at `/admin` and to access. Whatever is the same within a minute is one row. */
export interface AuditTable {
  readonly id: string
  /** In milliseconds of Unix time. */
  readonly first_at: number
  readonly last_at: number
  /** How many times it happened. */
  readonly times: number
  /** Of the first time. */
  readonly request_id: string | null
  readonly actor_id: string | null
  readonly actor_name: string | null
  readonly address: string | null
  readonly action: string
  readonly subject: string | null
  readonly outcome: string
  readonly status: number | null
}

/**
 * A conversation. Texts of people and models are JSON in all tables of sessions: PostgreSQL refuses a NUL and half a
 * surrogate pair in a text, and JSON escapes both. Ids are those of `toKeyText`.
 */
export interface SessionTable {
  readonly owner: string
  readonly id: string
  /** JSON of the owner, as it is called outside. */
  readonly owner_name: string
  /** JSON of a text, as are `system_prompt`, `model` and `head`. */
  readonly title: string | null
  readonly titled_by: string
  readonly system_prompt: string | null
  readonly model: string | null
  /** JSON of an object, as is `metadata`. */
  readonly settings: string
  readonly metadata: string
  readonly head: string | null
  /** In milliseconds of Unix time, as are `active_at` and `expires_at`. */
  readonly created_at: number
  readonly active_at: number
  readonly expires_at: number | null
  /** 1 if it never expires. */
  readonly keep: number
  /** Rises with each process that takes the log over. */
  readonly epoch: number
  /** JSON: the first event of the latest epochs. */
  readonly epochs: string
  /** Of the last event that was ever stored. */
  readonly last_seq: number
  /** Events up to this number are not needed any more. */
  readonly forgotten_seq: number
}

interface SessionMessageTable {
  readonly owner: string
  readonly session_id: string
  readonly id: string
  readonly parent_id: string | null
  readonly place: number
  readonly client_message_id: string | null
  readonly created_at: number
  /** JSON of the message. */
  readonly data: string
}

interface SessionRunTable {
  readonly owner: string
  readonly session_id: string
  readonly id: string
  /** In the order in which the runs of a session came. */
  readonly place: number
  readonly parent_id: string | null
  /** 1 until it has ended. */
  readonly is_open: number
  /** JSON of the run. */
  readonly data: string
  /** JSON of the name of the model. Null until the run has ended, and in rows of earlier versions. */
  readonly cost_model: string | null
  /** In milliseconds of Unix time. Null in rows of earlier versions. */
  readonly started_at: number | null
  readonly prompt_tokens: number | null
  readonly completion_tokens: number | null
  readonly cached_tokens: number | null
  readonly cache_write_tokens: number | null
  readonly reasoning_tokens: number | null
  /** As in the ledger. Null if the price is unknown, or where there is no model. */
  readonly cost_pico: number | null
  /** 1 if a count is an estimate. */
  readonly estimated: number | null
}

/** Messages that wait for their turn. */
interface SessionQueueTable {
  readonly owner: string
  readonly session_id: string
  readonly message_id: string
  readonly place: number
  readonly client_message_id: string | null
  /** JSON of what waits. */
  readonly data: string
}

/** A row a batch. */
interface SessionEventTable {
  readonly owner: string
  readonly session_id: string
  readonly first_seq: number
  readonly last_seq: number
  /** JSON of the events. */
  readonly events: string
}

/** The words of a title or of a message. SQLite has an index of them in `session_words`. */
interface SessionTextTable {
  readonly owner: string
  readonly session_id: string
  /** Empty: the title. */
  readonly message_id: string
  /** A `tsvector` in PostgreSQL. */
  readonly words: string
}

/** A file that was uploaded for messages. */
interface UploadTable {
  readonly owner: string
  readonly id: string
  /** JSON of a text. */
  readonly name: string
  readonly type: string
  /** Until it is complete: as many as it may have. */
  readonly bytes: number
  readonly sha256: string
  /** 0 while it arrives, and while it is deleted. */
  readonly is_complete: number
  readonly created_at: number
  /** In milliseconds of Unix time. Null while a session uses it. */
  readonly expires_at: number | null
}

interface UploadPieceTable {
  readonly owner: string
  readonly upload_id: string
  /** From 0. All but the last one have the same size. */
  readonly place: number
  readonly bytes: Uint8Array
}

/** Sessions whose messages have the file. */
interface SessionUploadTable {
  readonly owner: string
  readonly session_id: string
  readonly upload_id: string
}
