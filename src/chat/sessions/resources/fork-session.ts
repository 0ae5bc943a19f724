/** Copies a branch into a session of its own. */
import type { SessionCore } from '../../turns/live/core.ts'
import { newMessageId } from '../ids.ts'
import type { MessageRecord } from '../session-store.ts'

/** Another session has other ids. */
export const copyMessages = (branch: readonly MessageRecord[]): readonly MessageRecord[] => {
  const ids = new Map(branch.map(({ id }) => [id, newMessageId()]))
  return branch.map((message, index) => {
    const { runId: _run, clientMessageId: _client, ...copied } = message
    const { id, parentId, status } = message
    return {
      ...copied,
      id: ids.get(id) ?? id,
      parentId: (parentId === null ? undefined : ids.get(parentId)) ?? null,
      place: index + 1,
      // Here nothing is in progress.
      status: status === 'running' ? 'interrupted' : status,
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
