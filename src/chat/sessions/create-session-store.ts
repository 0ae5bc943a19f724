/** The store of sessions, on rows: in memory, in SQLite or in PostgreSQL. */
import { randomUUID } from 'node:crypto'
import { GatewayError, invalidRequest } from '#model'
import type { Rows } from '#stores'
import { createAskStore } from './ask-store.ts'
import { readCursor } from './reading/cursor.ts'
import { toKeyText, toRowKey } from './rows/key-text.ts'
import type { OpenedSession, SessionKey, SessionStore } from './session-store.ts'
import { createExpiry } from './deleting/expiry.ts'
import { charactersOf } from './writing/characters-of.ts'
import { createInOrder } from './writing/in-order.ts'
import { createWiping } from './deleting/wiping.ts'
import { createUploadStore } from './uploads/create-upload-store.ts'

const REPEATED_WITHIN_MS = 24 * 60 * 60 * 1000
const BATCH_MS = 100

export interface SessionRows extends SessionStore {
  /** Corrects what an open told of the epochs. False if another process has opened the session, or if it is gone. */
  correctEpochs(key: SessionKey, opened: Pick<OpenedSession, 'epoch' | 'epochs'>): Promise<boolean>
}

/** @param now in milliseconds of Unix time. */
export const createSessionStore = (rows: Rows, now: () => number = Date.now): SessionRows => {
  const ask = createAskStore(rows)
  const inOrder = createInOrder()
  const wipeSoon = createWiping(rows)
  const self = randomUUID()
  const expireSome = createExpiry(ask, (key, work) => inOrder(nameOf(key), work))
  const uploads = createUploadStore({ rows, ask, now, wipeSoon })

  return {
    batchMs: BATCH_MS,
    async create(session, most) {
      if (toKeyText(session.id) !== session.id) throw invalidRequest(NO_ID, 'session_id')
      return ask(({ createSession }, store) => createSession(store, session, most))
    },
    find: (key) => ask(({ findSession }, store) => findSession(store, toRowKey(key))),
    async list(owner, asked) {
      const after = asked.cursor === undefined ? undefined : readCursor(asked.cursor)
      return ask(({ listSessions }, store) => listSessions(store, owner, asked, after))
    },
    open: (key, mine) =>
      ask(({ openSession }, store) =>
        inOrder(nameOf(key), () => openSession(store, toRowKey(key), { by: self, mine })),
      ),
    correctEpochs: (key, opened) =>
      ask(({ correctEpochs }, store) =>
        inOrder(nameOf(key), () => correctEpochs(store, toRowKey(key), opened)),
      ),
    async append(key, epoch, batch) {
      if (batch.clear)
        while (
          await ask(({ prepareClearing }, store) => prepareClearing(store, toRowKey(key), epoch))
        );
      const isAppended = await ask(
        ({ appendBatch }, store) =>
          inOrder(nameOf(key), () => appendBatch(store, toRowKey(key), epoch, batch)),
        charactersOf(batch),
      )
      if (!isAppended) throw new GatewayError('conflict', TAKEN_OVER)
      if (!batch.clear) return
      wipeSoon()
      await uploads.deleteReleased().catch(() => undefined)
    },
    async branch(key, head, limit) {
      if (head === null) return []
      return ask(({ readBranch }, store) => readBranch(store, toRowKey(key), head, limit))
    },
    messages: (key, asked) =>
      ask(({ readMessages }, store) => readMessages(store, toRowKey(key), asked)),
    message: (key, id) => ask(({ readMessage }, store) => readMessage(store, toRowKey(key), id)),
    findByClientId: (key, clientMessageId) =>
      ask(({ findByClientId }, store) =>
        findByClientId(store, toRowKey(key), clientMessageId, now() - REPEATED_WITHIN_MS),
      ),
    runs: (key, { limit }) => ask(({ readRuns }, store) => readRuns(store, toRowKey(key), limit)),
    run: (key, id) => ask(({ readRun }, store) => readRun(store, toRowKey(key), id)),
    costs: (owner, asked) => ask(({ readCosts }, store) => readCosts(store, owner, asked)),
    unfinished: (limit, after) =>
      ask(({ findUnfinished }, store) => findUnfinished(store, limit, after && toRowKey(after))),
    async delete(key) {
      while (await ask(({ thinOutTexts }, store) => thinOutTexts(store, toRowKey(key))));
      const isDeleted = await ask(({ deleteSession }, store) =>
        inOrder(nameOf(key), () => deleteSession(store, toRowKey(key))),
      )
      if (isDeleted) wipeSoon()
      await uploads.deleteReleased().catch(() => undefined)
      return isDeleted
    },
    async forget(key, upTo) {
      await ask(({ forgetEvents }, store) =>
        inOrder(nameOf(key), () => forgetEvents(store, toRowKey(key), upTo)),
      )
    },
    async expire(at, limit, isUsed, onDeleted) {
      const deleted = await expireSome(at, limit, isUsed, onDeleted)
      if (deleted > 0) wipeSoon()
      await uploads.deleteReleased()
      return deleted
    },
    uploads,
  }
}

const NO_ID = 'The id of a session has 1 to 128 printable ASCII characters.'
const TAKEN_OVER = 'Another process has taken the session over, or the session was deleted.'

const nameOf = ({ owner, id }: SessionKey): string => JSON.stringify([owner, id])
