/** The messages of a session, as clients are shown them. */
import type { SessionMessage } from '#model'
import { writePosition } from '#runs'
import type { MessageRecord } from '../../sessions/session-store.ts'
import type { Snapshot } from '../log/follow.ts'
import type { SessionCore } from './core.ts'

/** A longer branch is shown from here on. */
const MAX_SHOWN_MESSAGES = 1_000

/** The branch that models see, with the answer in progress as far as it has come. */
export const takeSnapshot = async (core: SessionCore): Promise<Snapshot> => {
  const { writer, around, key } = core
  let snapshot: Snapshot | undefined
  await writer.read(async () => {
    const branch = await around.store.branch(key, core.record.head, MAX_SHOWN_MESSAGES)
    // No change is written meanwhile, and a token comes before this moment or after it.
    const messages = branch.map((message) => toSessionMessage(withProgress(message, core)))
    const { position } = core.log
    snapshot = {
      event: { type: 'snapshot', messages, position: writePosition(position) },
      position,
    }
  })
  // Nobody is shown what could be lost: a reader that is rewound later has all events behind its messages.
  await writer.flush()
  return snapshot as unknown as Snapshot
}

/** The answer that is being made, as far as it has come. */
export interface Progress {
  readonly runId: string
  readonly messageId: string
  readonly answer: Pick<MessageRecord, 'content' | 'parts'>
}

export const withProgress = (
  message: MessageRecord,
  { run }: { readonly run?: Progress | undefined },
): MessageRecord =>
  run?.messageId === message.id && message.status === 'running'
    ? { ...message, content: run.answer.content, parts: run.answer.parts }
    : message

export const toSessionMessage = (message: MessageRecord): SessionMessage => {
  const { model, runId, clientMessageId, user, metadata, costSummary } = message
  return {
    message_id: message.id,
    parent_id: message.parentId,
    role: message.role,
    content: message.content,
    parts: message.parts,
    status: message.status,
    ...(model === undefined ? {} : { model }),
    ...(runId === undefined ? {} : { run_id: runId }),
    ...(clientMessageId === undefined ? {} : { client_message_id: clientMessageId }),
    ...(user === undefined ? {} : { user }),
    ...(metadata && { metadata }),
    created_at: new Date(message.createdAt).toISOString(),
    ...(costSummary && { cost_summary: costSummary }),
  }
}
