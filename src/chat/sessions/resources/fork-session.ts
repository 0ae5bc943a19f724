/** Copies a branch, up to one message, into a session of its own. */
import type { SessionCore } from '../../turns/live/core.ts'
import { withProgress } from '../../turns/live/shown-messages.ts'
import { newMessageId } from '../ids.ts'
import type { MessageRecord } from '../session-store.ts'

const MAX_COPIED_MESSAGES = 10_000

/** The messages of the branch, as copies: another session has other ids. */
export const copyBranch = async (
  core: SessionCore,
  last: string | null,
): Promise<readonly MessageRecord[]> => {
  const { writer, around, key } = core
  const branch = await writer.read(() => around.store.branch(key, last, MAX_COPIED_MESSAGES))
  const copies = new Map<string, string>()
  return branch.map((message, index) => {
    const { content, parts, status, role, model, user, createdAt, costSummary, parentId } =
      withProgress(message, core)
    const id = newMessageId()
    copies.set(message.id, id)
    return {
      id,
      parentId: (parentId === null ? undefined : copies.get(parentId)) ?? null,
      place: index + 1,
      role,
      content,
      parts,
      // Here nothing is in progress.
      status: status === 'running' ? 'interrupted' : status,
      createdAt,
      ...(model === undefined ? {} : { model }),
      ...(user === undefined ? {} : { user }),
      ...(costSummary && { costSummary }),
    }
  })
}

/** Readers of the copy get the messages as a snapshot: there are no events of them. */
export const writeCopy = async (
  core: SessionCore,
  messages: readonly MessageRecord[],
): Promise<void> => {
  const last = messages.at(-1)
  const head = last?.id ?? null
  await core.writer.commit({
    events: [{ type: 'head', message_id: head }],
    rows: { messages, session: { head } },
  })
  core.place = last?.place ?? 0
  const upTo = core.log.lastSeq
  core.log.forget(upTo)
  await core.around.store.forget(core.key, upTo).catch(() => undefined)
}
