/** Sessions, runs and messages that wait, as clients are shown them. */
import type { SessionCore } from '../../../turns/live/core.ts'
import type { Progress } from '../../../turns/live/shown-messages.ts'
import type {
  QueuedRecord,
  RunRecord,
  SessionRecord,
  SessionSettings,
} from '../../session-store.ts'

const toTime = (at: number): string => new Date(at).toISOString()

export const toSession = (
  record: SessionRecord,
  live?: { readonly run?: Pick<Progress, 'runId'> | undefined } & Pick<SessionCore, 'queue'>,
): object => ({
  id: record.id,
  session_id: record.id,
  title: record.title,
  system_prompt: record.systemPrompt,
  model: record.model,
  settings: toSettings(record.settings),
  metadata: record.metadata,
  head: record.head,
  keep: record.keep,
  created_at: toTime(record.createdAt),
  last_active_at: toTime(record.activeAt),
  expires_at: record.expiresAt === null ? null : toTime(record.expiresAt),
  active_run: live?.run?.runId ?? null,
  queue: live?.queue.map(toQueuedMessage) ?? [],
})

const toSettings = (settings: SessionSettings): object => {
  const { temperature, maxOutputTokens, whenBusy, onDisconnect } = settings
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
    ...(whenBusy === undefined ? {} : { when_busy: whenBusy }),
    ...(onDisconnect === undefined ? {} : { on_disconnect: onDisconnect }),
  }
}

const toQueuedMessage = (
  { messageId, clientMessageId, createdAt }: QueuedRecord,
  index: number,
): object => ({
  message_id: messageId,
  ...(clientMessageId === undefined ? {} : { client_message_id: clientMessageId }),
  place: index + 1,
  created_at: toTime(createdAt),
})

export const toRun = (run: RunRecord): object => ({
  run_id: run.id,
  message_id: run.messageId,
  parent_id: run.parentId,
  status: run.status,
  model: run.model,
  target: run.target ?? null,
  started_at: toTime(run.startedAt),
  ended_at: run.endedAt === undefined ? null : toTime(run.endedAt),
  finish_reason: run.finishReason ?? null,
  cost_summary: run.costSummary ?? null,
  error: run.error ?? null,
  ...(run.continues === undefined ? {} : { continues: run.continues }),
})
