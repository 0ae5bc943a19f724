/** Copies a branch into a session of its own. */
import type { SessionCore } from '../../turns/live/core.ts'
import { newMessageId } from '../ids.ts'
import type { MessageRecord, SessionKey, SessionStore } from '../session-store.ts'

const FOUND_AT_ONCE = 100

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

/** The copy keeps the files of its messages, also when the session is gone from which they come. */
export const useFilesOf = async (
  { uploads }: Pick<SessionStore, 'uploads'>,
  copy: SessionKey,
  branch: readonly MessageRecord[],
): Promise<void> => {
  const named = branch.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.kind === 'attachment' ? [part.upload_id] : [])),
  )
  const ids = [...new Set(named)]
  for (let at = 0; at < ids.length; at += FOUND_AT_ONCE) {
    const found = await uploads.find(copy.owner, ids.slice(at, at + FOUND_AT_ONCE))
    if (found.length > 0)
      await uploads.use(
        copy,
        found.map(({ id }) => id),
      )
  }
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
