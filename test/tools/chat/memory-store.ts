/** A store of sessions in a few maps, with the moments at which it fails. It outlives the chats that use it. */
import {
  createSessionStore,
  LOST_EVENTS,
  type MessageRecord,
  type QueuedRecord,
  type RunRecord,
  type SessionBatch,
  type SessionKey,
  type SessionRecord,
  type SessionStore,
  type StoredEvent,
} from '#chat'
import { GatewayError } from '#model'
import { createRows } from '#stores'
import { sumByModel, toModelCosts } from '../../../src/chat/sessions/resources/shown/sum-costs.ts'

interface Kept {
  session: SessionRecord
  epoch: number
  epochs: { epoch: number; firstSeq: number }[]
  lastSeq: number
  /** As if it were apart from the rest: the last event that was appended. */
  eventSeq: number
  /** Of the last batch that had more than events. */
  rowsSeq: number
  state: 'well' | 'lost' | 'opened'
  events: StoredEvent[]
  messages: Map<string, MessageRecord>
  runs: Map<string, RunRecord>
  queue: Map<string, QueuedRecord>
}

export interface MemoryStore extends SessionStore {
  /** What is kept of a session. */
  kept(id: string): Kept
  readonly all: ReadonlyMap<string, Kept>
  /** Called before each batch. It may throw, or wait. */
  beforeAppend: ((batch: SessionBatch) => void | Promise<void>) | undefined
  /** Called when a batch is stored, before whoever sent it learns of it. */
  afterAppend: ((batch: SessionBatch) => void | Promise<void>) | undefined
  /** Everything fails. */
  isGone: boolean
  /** It has no events behind this number any more. @param upTo 0: none at all */
  loseEvents(id: string, upTo?: number): void
}

export const goneStore = (): GatewayError =>
  new GatewayError('store_unavailable', 'The store is gone.')

export const memoryStore = (): MemoryStore => {
  const { uploads } = createSessionStore(createRows())
  const all = new Map<string, Kept>()
  const textOf = ({ owner, id }: SessionKey): string => `${owner}\n${id}`
  const at = (key: SessionKey): Kept | undefined => all.get(textOf(key))
  const check = async (): Promise<void> => {
    await undefined
    if (store.isGone) throw goneStore()
  }
  const byPlace = (kept: Kept): MessageRecord[] =>
    [...kept.messages.values()].toSorted((one, other) => one.place - other.place)
  const isOpen = ({ status }: RunRecord): boolean => status === 'running' || status === 'queued'

  const apply = (kept: Kept, batch: SessionBatch): void => {
    if (batch.clear) for (const each of [kept.messages, kept.runs, kept.queue]) each.clear()
    for (const message of batch.messages ?? []) kept.messages.set(message.id, message)
    for (const run of batch.runs ?? []) kept.runs.set(run.id, run)
    for (const queued of batch.enqueue ?? []) kept.queue.set(queued.messageId, queued)
    for (const id of batch.dequeue ?? []) kept.queue.delete(id)
    kept.session = { ...kept.session, ...batch.session }
    const { events = [], ...rest } = batch
    if (Object.keys(rest).length > 0) kept.rowsSeq = events.at(-1)?.seq ?? kept.rowsSeq
    kept.lastSeq = Math.max(kept.lastSeq, kept.rowsSeq)
    if (events.length > 0) applyEvents(kept, events)
  }

  const applyEvents = (kept: Kept, events: readonly StoredEvent[]): void => {
    if (kept.state === 'lost')
      throw new GatewayError('store_unavailable', 'Events are lost.', { vendorCode: LOST_EVENTS })
    for (const event of events) {
      if (event.from <= kept.eventSeq) throw new Error(`the event ${event.from} is there already`)
      if (event.from !== kept.eventSeq + 1 && kept.state === 'well')
        throw new Error(`a gap before ${event.from}`)
      kept.state = 'well'
      kept.events.push(event)
      kept.eventSeq = event.seq
    }
    kept.lastSeq = Math.max(kept.lastSeq, kept.eventSeq)
  }

  const store: MemoryStore = {
    all,
    batchMs: 100,
    isGone: false,
    // Nothing is opened before there is an upload.
    uploads: {
      ...uploads,
      // The sessions are elsewhere.
      use: async ({ owner }, ids) => (await uploads.find(owner, ids)).length === new Set(ids).size,
    },
    beforeAppend: undefined,
    afterAppend: undefined,
    kept(id) {
      const found = [...all.values()].find(({ session }) => session.id === id)
      if (!found) throw new Error(`no session ${id}`)
      return found
    },
    loseEvents(id, upTo = 0) {
      const kept = store.kept(id)
      kept.events = kept.events.filter(({ seq }) => seq <= upTo)
      kept.eventSeq = upTo
      kept.lastSeq = Math.max(kept.rowsSeq, upTo)
      kept.state = 'lost'
    },
    async create(session, most) {
      await check()
      if (at(session)) return false
      const own = [...all.values()].filter((each) => each.session.owner === session.owner)
      if (own.length >= most)
        throw new GatewayError('rate_limited', 'Too many.', { vendorCode: 'too_many_sessions' })
      all.set(textOf(session), {
        session,
        epoch: 0,
        epochs: [],
        lastSeq: 0,
        eventSeq: 0,
        rowsSeq: 0,
        state: 'well',
        events: [],
        messages: new Map(),
        runs: new Map(),
        queue: new Map(),
      })
      return true
    },
    async find(key) {
      await check()
      return at(key)?.session
    },
    async list(owner, { search, limit }) {
      await check()
      const items = [...all.values()]
        .filter((each) => each.session.owner === owner)
        .filter(
          (each) =>
            search === undefined ||
            [each.session.title, ...byPlace(each).map(({ content }) => content)].some((text) =>
              text?.includes(search),
            ),
        )
        .map(({ session }) => session)
        .toSorted((one, other) => other.activeAt - one.activeAt)
      return { items: items.slice(0, limit) }
    },
    async open(key) {
      await check()
      const kept = at(key)
      if (!kept) return undefined
      kept.epoch++
      const isCut = kept.eventSeq < kept.lastSeq
      const firstSeqHere = (isCut ? kept.eventSeq : kept.lastSeq) + 1
      kept.epochs = [
        ...kept.epochs.map(({ epoch, firstSeq }) => ({
          epoch,
          firstSeq: Math.min(firstSeq, firstSeqHere),
        })),
        { epoch: kept.epoch, firstSeq: firstSeqHere },
      ]
      if (isCut || kept.state === 'lost') kept.state = 'opened'
      return {
        session: kept.session,
        epoch: kept.epoch,
        epochs: [...kept.epochs],
        lastSeq: kept.lastSeq,
        forgottenSeq: 0,
        events: isCut ? [] : [...kept.events],
        ...(isCut && { cut: { lastSeq: kept.eventSeq, events: [...kept.events] } }),
        openRuns: [...kept.runs.values()].filter(isOpen),
        queue: [...kept.queue.values()].toSorted((one, other) => one.place - other.place),
      }
    },
    async append(key, epoch, batch) {
      await check()
      await store.beforeAppend?.(batch)
      const kept = at(key)
      if (!kept || kept.epoch !== epoch)
        throw new GatewayError('conflict', 'Another process has it.')
      apply(kept, structuredClone(batch))
      await store.afterAppend?.(batch)
    },
    async branch(key, head, limit) {
      await check()
      const messages = at(key)?.messages
      const branch: MessageRecord[] = []
      for (let next = head; next !== null && branch.length < limit;) {
        const message = messages?.get(next)
        if (!message) break
        branch.unshift(message)
        next = message.parentId
      }
      return branch
    },
    async messages(key, { before = Infinity, limit }) {
      await check()
      const kept = at(key)
      const earlier = kept ? byPlace(kept).filter(({ place }) => place < before) : []
      const items = earlier.slice(-limit)
      return { items, ...(earlier.length > limit ? { next: String(items[0]?.place) } : {}) }
    },
    async message(key, id) {
      await check()
      return at(key)?.messages.get(id)
    },
    async findByClientId(key, clientMessageId) {
      await check()
      const kept = at(key)
      const message =
        [...(kept?.messages.values() ?? [])].find(
          (each) => each.clientMessageId === clientMessageId,
        )?.id ??
        [...(kept?.queue.values() ?? [])].find((each) => each.clientMessageId === clientMessageId)
          ?.messageId
      if (message === undefined) return undefined
      const run = [...(kept?.runs.values() ?? [])].find(({ parentId }) => parentId === message)
      return { messageId: message, ...(run && { runId: run.id }) }
    },
    async runs(key, { limit }) {
      await check()
      return [...(at(key)?.runs.values() ?? [])].toReversed().slice(0, limit)
    },
    async run(key, id) {
      await check()
      return at(key)?.runs.get(id)
    },
    async costs(owner, { sessionId, since }) {
      await check()
      const runs = [...all.values()]
        .filter(({ session }) => session.owner === owner)
        .filter(({ session }) => sessionId === undefined || session.id === sessionId)
        .flatMap((kept) => [...kept.runs.values()])
      return sumByModel(
        runs.flatMap(({ costSummary, startedAt }) =>
          costSummary && startedAt >= since ? [toModelCosts(costSummary)] : [],
        ),
      )
    },
    async unfinished(limit, after) {
      await check()
      return [...all.entries()]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .filter(([name]) => !after || name > textOf(after))
        .map(([, kept]) => kept)
        .filter((each) => each.queue.size > 0 || [...each.runs.values()].some(isOpen))
        .map(({ session: { owner, id } }) => ({ owner, id }))
        .slice(0, limit)
    },
    async delete(key) {
      await check()
      return all.delete(textOf(key))
    },
    async forget(key, upTo) {
      await check()
      const kept = at(key)
      if (kept) kept.events = kept.events.filter(({ seq }) => seq > upTo)
    },
    async expire(now, limit, isUsed) {
      await check()
      const expired = [...all.values()]
        .map(({ session }) => session)
        .filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now)
      let deleted = 0
      for (const session of expired)
        if (deleted < limit && !(await isUsed(session)) && all.delete(textOf(session))) deleted++
      return deleted
    },
  }
  return store
}
