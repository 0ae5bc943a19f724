/** Records of sessions that tests write. */
import type { MessageRecord, RunRecord, SessionRecord, SessionStore, StoredEvent } from '#chat'

export const toSessionRecord = (
  id: string,
  changes: Partial<SessionRecord> = {},
): SessionRecord => ({
  owner: 'ann',
  id,
  title: null,
  titledBy: 'nobody',
  systemPrompt: null,
  model: null,
  settings: {},
  metadata: {},
  head: null,
  createdAt: 1_000,
  activeAt: 1_000,
  expiresAt: 90_000_000,
  keep: false,
  ...changes,
})

export const toMessageRecord = (
  id: string,
  place: number,
  changes: Partial<MessageRecord> = {},
): MessageRecord => {
  const content = changes.content ?? `text of ${id}`
  return {
    id,
    parentId: null,
    place,
    role: 'user',
    content,
    parts: [{ kind: 'text', text: content }],
    status: 'done',
    createdAt: 1_000,
    ...changes,
  }
}

export const toRunRecord = (id: string, changes: Partial<RunRecord> = {}): RunRecord => ({
  id,
  messageId: `answer_${id}`,
  parentId: `question_${id}`,
  status: 'running',
  model: 'gpt',
  startedAt: 1_000,
  ...changes,
})

/** Tokens with these numbers. */
export const toTokens = (epoch: number, from: number, to: number, text = 'word '): StoredEvent[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({
    seq: from + at,
    from: from + at,
    epoch,
    at: 1_000,
    event: {
      type: 'token',
      run_id: 'run_a',
      part: 0,
      token: text,
      token_count: from + at,
      cost: null,
    },
  }))

/** Creates a session and takes its log over. */
export const startSession = async (store: SessionStore, session: SessionRecord) => {
  await store.create(session, 10_000)
  const opened = await store.open(session)
  if (!opened) throw new Error('There is no such session.')
  return opened
}
