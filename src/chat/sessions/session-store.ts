/** The contract of what is kept of sessions. Memory, SQLite and PostgreSQL give the same results. */
import type { CostSummary, LogEvent, MessagePart, RunStatus } from '#model'
import type { UploadStore } from './uploads/upload-store.ts'

/** Every id is its owner's: two owners may have the same. */
export interface SessionKey {
  /** `scopeOf` the caller. */
  readonly owner: string
  readonly id: string
}

export interface SessionRecord extends SessionKey {
  readonly title: string | null
  /** Who wrote the title: a later one of the same or a higher rank may replace it. */
  readonly titledBy: 'nobody' | 'first_line' | 'model' | 'user'
  readonly systemPrompt: string | null
  /** Null: that of the configuration. */
  readonly model: string | null
  readonly settings: SessionSettings
  readonly metadata: object
  /** The last message of the branch that models see. */
  readonly head: string | null
  /** In milliseconds of Unix time. */
  readonly createdAt: number
  readonly activeAt: number
  /** Null: never. */
  readonly expiresAt: number | null
  readonly keep: boolean
}

export interface SessionSettings {
  readonly temperature?: number
  readonly maxOutputTokens?: number
  readonly whenBusy?: 'queue' | 'reject' | 'interrupt'
  readonly onDisconnect?: 'continue' | 'cancel'
}

export interface MessageRecord {
  readonly id: string
  readonly parentId: string | null
  /** Rises with the order in which messages came to be. Unique in its session. */
  readonly place: number
  readonly role: 'user' | 'assistant'
  readonly content: string
  readonly parts: readonly MessagePart[]
  readonly status: RunStatus
  readonly model?: string
  readonly runId?: string
  readonly clientMessageId?: string
  readonly user?: string
  /** An object of the client's own. */
  readonly metadata?: object
  readonly createdAt: number
  readonly costSummary?: CostSummary
}

export interface RunRecord {
  readonly id: string
  /** Of the answer. */
  readonly messageId: string
  /** Of the message that is answered. */
  readonly parentId: string | null
  readonly status: RunStatus
  readonly model: string
  /** `provider/model`. */
  readonly target?: string
  readonly startedAt: number
  readonly endedAt?: number
  readonly finishReason?: string
  readonly costSummary?: CostSummary
  readonly error?: { readonly message: string; readonly code: string }
  /** What the model was sent. A run of an earlier version has all of it, in JSON. */
  readonly prompt?: SentPrompt | string
  readonly continues?: string
  /** Absent when it has ended. */
  readonly call?: RunCall
}

/** What a model was sent, as far as the messages do not say it: they never change. */
export interface SentPrompt {
  /** The end of the branch that the model saw, and how many of its messages. */
  readonly last: string | null
  readonly messages: number
  readonly systemPrompt?: string
  /** The run that has the system prompt, if an earlier one was sent the same. */
  readonly systemOf?: string
  readonly temperature?: number
  readonly maxOutputTokens?: number
}

/** The call of a run, for the ledger: another process may have to settle it. */
export interface RunCall {
  readonly requestId: string
  readonly route: string
  readonly network?: string
  readonly callerId: string
  /** The name of the caller's key, and its owner. */
  readonly callerName?: string
  readonly owner?: string
  /** About how many bytes the body of its request would have. */
  readonly requestBytes: number
}

/** A message that waits for its turn. */
export interface QueuedRecord {
  readonly messageId: string
  readonly place: number
  /** The command and who gave it, in JSON. */
  readonly command: string
  readonly clientMessageId?: string
  readonly createdAt: number
}

export interface StoredEvent {
  readonly seq: number
  /** Less than `seq` if pieces of one text were joined: the first number that it covers. */
  readonly from: number
  readonly epoch: number
  readonly at: number
  readonly event: LogEvent
  /** Of joined pieces: the length of each in UTF-16 code units, so that a reader inside the range gets the rest. */
  readonly lengths?: readonly number[]
}

/** All or nothing. What is absent does not change. */
export interface SessionBatch {
  readonly events?: readonly StoredEvent[]
  /** Those with a known id replace it. */
  readonly messages?: readonly MessageRecord[]
  readonly runs?: readonly RunRecord[]
  readonly enqueue?: readonly QueuedRecord[]
  readonly dequeue?: readonly string[]
  readonly session?: Partial<Omit<SessionRecord, keyof SessionKey | 'createdAt'>>
  /** Deletes all messages, runs and queued messages before the rest is written. */
  readonly clear?: boolean
  /** The number of the last event, if the events are kept elsewhere. */
  readonly upTo?: number
}

export interface Epoch {
  readonly epoch: number
  readonly firstSeq: number
  /** Which process took the log over. */
  readonly by?: string
}

/** A session whose log was taken over. */
export interface OpenedSession {
  readonly session: SessionRecord
  /** Higher than that of any earlier owner. It is the fence: a batch of an earlier epoch is refused. */
  readonly epoch: number
  /** The first event of each epoch, the latest ones. With these an old position is found again. */
  readonly epochs: readonly Epoch[]
  /** Of the last event that was stored. */
  readonly lastSeq: number
  /** Those that are kept, in order and without gaps. The last one has the number `lastSeq`. */
  readonly events: readonly StoredEvent[]
  /** Up to here, events were forgotten because no reader needed them. */
  readonly forgottenSeq: number
  /** Present if the last events are lost, but not what they changed: the events before them, which end with `lastSeq`. */
  readonly cut?: { readonly lastSeq: number; readonly events: readonly StoredEvent[] }
  /** Those that have not ended. */
  readonly openRuns: readonly RunRecord[]
  readonly queue: readonly QueuedRecord[]
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Present if there are more. */
  readonly next?: string
}

/** A batch was not written, since the store has lost earlier ones. The log is opened again at once, and not later. */
export const LOST_EVENTS = 'lost_events'

export interface CostsAsked {
  /** Absent: those of all sessions of the owner. */
  readonly sessionId?: string
  readonly since: number
}

/** Of all runs of a model. The cost is null if that of one run is. */
export type ModelCosts = CostSummary & { readonly runs: number }

/** Every method throws a GatewayError `store_unavailable` within a second if the store cannot be used. */
export interface SessionStore {
  /** For how long the events of an answer are gathered. */
  readonly batchMs: number
  /**
   * False if it exists.
   *
   * @throws GatewayError `rate_limited` (`too_many_sessions`): the owner has `most` already. `invalid_request`: not an id
   */
  create(session: SessionRecord, most: number): Promise<boolean>
  find(key: SessionKey): Promise<SessionRecord | undefined>
  /**
   * The newest activity first.
   *
   * @param search words that are in the title or in a message.
   * @throws GatewayError `invalid_request` for a cursor that was not given out.
   */
  list(
    owner: string,
    asked: { readonly search?: string; readonly cursor?: string; readonly limit: number },
  ): Promise<Page<SessionRecord>>
  /**
   * Undefined if there is no such session.
   *
   * @param mine the epoch in which this process has the log. Rejects with a GatewayError `conflict`, and changes nothing,
   *   if another process has taken it over since.
   */
  open(key: SessionKey, mine?: number): Promise<OpenedSession | undefined>
  /**
   * Rejects with a GatewayError `conflict` if another process has taken the log over, or if the session is gone. After
   * `store_unavailable` nobody knows whether the batch is there. It may be sent again, also with more behind its events.
   * The next batch of the session is sent when this has settled. With the `vendorCode` `lost_events`, what changes rows is
   * written, but the events are not.
   */
  append(key: SessionKey, epoch: number, batch: SessionBatch): Promise<void>
  /** From the head to the first message. The newest `limit` of the branch, in order. */
  branch(key: SessionKey, head: string | null, limit: number): Promise<readonly MessageRecord[]>
  /**
   * All branches: the newest `limit` before the place `before`, in the order in which they came to be. `next` is the place
   * before which there are more.
   */
  messages(
    key: SessionKey,
    asked: { readonly before?: number; readonly limit: number },
  ): Promise<Page<MessageRecord>>
  message(key: SessionKey, id: string): Promise<MessageRecord | undefined>
  /** The message that came with this id within 24 hours, queued or not. The run is the first one that answers it. */
  findByClientId(
    key: SessionKey,
    clientMessageId: string,
  ): Promise<{ readonly messageId: string; readonly runId?: string } | undefined>
  /** The newest first. */
  runs(key: SessionKey, asked: { readonly limit: number }): Promise<readonly RunRecord[]>
  run(key: SessionKey, id: string): Promise<RunRecord | undefined>
  /** What the runs that began at this time or later have cost, by model. Nothing else of them is read. */
  costs(owner: string, asked: CostsAsked): Promise<readonly ModelCosts[]>
  /**
   * Sessions with runs that have not ended, or with a queue.
   *
   * @param after the last one that was found before.
   */
  unfinished(limit: number, after?: SessionKey): Promise<readonly SessionKey[]>
  /** Nothing of it is left. False if there was none. */
  delete(key: SessionKey): Promise<boolean>
  /** Forgets the events up to this number, which no reader needs. */
  forget(key: SessionKey, upTo: number): Promise<void>
  /**
   * Deletes some that have expired. Those with runs that have not ended, or with a queue, are left.
   *
   * @param isUsed those are left, too.
   * @param onDeleted called with each that was deleted.
   * @returns how many it deleted: as many as `limit` if there may be more.
   */
  expire(
    now: number,
    limit: number,
    isUsed: (key: SessionKey) => boolean | Promise<boolean>,
    onDeleted?: (session: DeletedSession) => void,
  ): Promise<number>
  /** Deleting or clearing a session deletes those that it alone uses. */
  readonly uploads: UploadStore
}

export type DeletedSession = SessionKey & Pick<SessionRecord, 'createdAt'>
