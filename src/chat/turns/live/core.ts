/** What the parts of a session in memory share. */
import type { Caller, SentCaller } from '#access'
import type { AskModel, SettleLost } from '#gateway'
import type { Attachment, SessionCommand } from '#model'
import type { LiveStore, ReplicaCalls, Replicas } from '#stores'
import type { Visitor } from '../../chat.ts'
import type {
  QueuedRecord,
  SessionKey,
  SessionRecord,
  SessionStore,
} from '../../sessions/session-store.ts'
import type { ChatSettings } from '../../settings.ts'
import type { SessionLog } from '../log/session-log.ts'
import type { Held } from '../log/unstored-events.ts'
import type { Change, SessionWriter } from '../log/writer.ts'
import type { ActiveRun } from '../run/active-run.ts'
import type { SystemSent } from '../run/prompt.ts'
import type { Serial } from '../serial.ts'

export interface Neighbours {
  readonly replicas: Replicas
  /** Over the same `replicas`. */
  readonly calls: ReplicaCalls
}

interface ChatLog {
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What all sessions share. */
export interface Surroundings {
  readonly store: SessionStore
  /** False: nothing was ever stored, and the store need not be opened to see that. */
  readonly hasStored: () => Promise<boolean>
  readonly ask: AskModel
  /**
   * Settles the call of a run whose process was killed, or finds how that process settled it: the ledger has it once.
   *
   * @throws GatewayError if the ledger cannot be read.
   */
  readonly settleLost: SettleLost
  readonly live: Pick<LiveStore, 'take'>
  /** Other processes that have sessions of the same store. Absent: there are none. */
  readonly replicas?: Neighbours
  /** As they are configured now. */
  readonly settings: () => ChatSettings
  /** Who gave a command to another process, or to an earlier one. Undefined if it may no longer call. */
  readonly findCaller: (sent: SentCaller) => Caller | undefined
  readonly log: ChatLog
  readonly held: Held
  /** Of the files that models are sent at this moment. */
  readonly files: Held
  readonly now: () => number
  readonly isDraining: () => boolean
}

export interface SessionCore {
  readonly key: SessionKey
  readonly around: Surroundings
  readonly log: SessionLog
  readonly writer: SessionWriter
  /** Commands are done one after another. */
  readonly commands: Serial
  record: SessionRecord
  queue: readonly QueuedRecord[]
  run: ActiveRun | undefined
  /** Of the message that came last. */
  place: number
  systemSent: SystemSent | undefined
  /** Who waits for a queued message. Not those that waited when this process began. */
  readonly waiting: Map<string, Waiting>
  readonly presence: Presence
  /** Called when nothing more is to be done at this moment. */
  readonly onRest: () => void
}

/** A command whose turn has not come. */
export interface Waiting {
  readonly command: AnswerCommand
  readonly visitor: Visitor
  readonly starter: object | undefined
}

/** Those that are answered. */
export type AnswerCommand =
  | (Extract<SessionCommand, { type: 'message' | 'edit' }> & Files)
  | Extract<SessionCommand, { type: 'regenerate' | 'continue' }>

interface Files {
  /** What is known of its attachments. Absent: it names none. */
  readonly files?: readonly Attachment[]
}

/** Who is in the session. */
export interface Presence {
  readonly count: number
  /** A run has begun, or somebody has come or left. */
  changed(): void
}

/** What every activity changes. What was extended is not shortened by it. */
export const toActive = ({
  around,
  record,
}: SessionCore): Pick<SessionRecord, 'activeAt' | 'expiresAt'> => {
  const activeAt = around.now()
  const expiresAt = Math.max(activeAt + around.settings().expiresAfterMs, record.expiresAt ?? 0)
  return { activeAt, expiresAt: record.keep ? null : expiresAt }
}

/** The state in memory after a change of rows. */
export const applyRows = (core: SessionCore, { rows = {} }: Change): void => {
  const { session, enqueue = [], dequeue = [], clear = false } = rows
  if (session) core.record = { ...core.record, ...session }
  const left = clear ? [] : core.queue.filter(({ messageId }) => !dequeue.includes(messageId))
  core.queue = [...left, ...enqueue]
  if (clear) core.waiting.clear()
  if (clear) core.systemSent = undefined
  for (const id of dequeue) core.waiting.delete(id)
}
