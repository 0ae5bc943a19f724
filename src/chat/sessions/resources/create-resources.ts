/** The answers of `/api/sessions`. */
import { scopeOf } from '#access'
import { GatewayError, invalidRequest, type LogEvent } from '#model'
import type { SessionResources, Visitor } from '../../chat.ts'
import type { LiveSessions } from '../../turns/live-sessions.ts'
import { findMessage } from '../../turns/commands/find-message.ts'
import { type SessionCore, type Surroundings, toActive } from '../../turns/live/core.ts'
import { takeSnapshot, toSessionMessage, withProgress } from '../../turns/live/shown-messages.ts'
import { fromStore } from '../../turns/log/from-store.ts'
import { checkSessionId, isMadeHere, isSessionId, newSessionId } from '../ids.ts'
import type { SessionRecord } from '../session-store.ts'
import {
  type CreateBody,
  type ExtendBody,
  type ForkBody,
  type PatchBody,
  toDescribed,
} from './bodies.ts'
import { createSession, keyOf } from './create-session.ts'
import { createCosts } from './costs.ts'
import { toMarkdown } from './export-session.ts'
import { copyBranch, writeCopy } from './fork-session.ts'
import { toPrompt } from './read-prompt.ts'
import { toRun, toSession } from './to-wire.ts'

const MAX_LISTED_SESSIONS = 50
const MAX_LISTED_MESSAGES = 100
const MAX_LISTED_RUNS = 100
const HOUR_MS = 60 * 60 * 1000

export const noSuchSession = (): GatewayError =>
  new GatewayError('not_found', 'There is no such session.')

export const createResources = (around: Surroundings, sessions: LiveSessions): SessionResources => {
  const { store } = around
  const costs = createCosts(around)

  /** @throws GatewayError `not_found` */
  const inSession = async <Result>(
    visitor: Visitor,
    id: string,
    work: (core: SessionCore) => Promise<Result>,
  ): Promise<Result> => {
    let isFound = false
    const result = isSessionId(id)
      ? await sessions.use(keyOf(visitor, id), (core) => {
          isFound = true
          return work(core)
        })
      : undefined
    if (!isFound) throw noSuchSession()
    return result as Result
  }

  /** What is not in memory is not taken into it to be looked at. */
  const findRecord = async (visitor: Visitor, id: string) => {
    if (!isSessionId(id)) throw noSuchSession()
    const key = keyOf(visitor, id)
    const core = await sessions.find(key)
    const record = core?.record ?? (await fromStore(store.find(key)))
    if (!record) throw noSuchSession()
    return { key, core, record }
  }

  return {
    async create(visitor, body) {
      const { id: asked, ...rest } = body as CreateBody
      const id = asked === undefined ? newSessionId() : checkSessionId(asked)
      if (asked !== undefined && isMadeHere(asked))
        throw invalidRequest('Ids that begin with "ses_" are made by the server.', 'id')
      const key = keyOf(visitor, id)
      if (!(await createSession(around, key, toDescribed(rest, { settings: {} }))))
        throw new GatewayError('conflict', 'There is a session with this id.', { param: 'id' })
      return toSession((await findRecord(visitor, id)).record)
    },
    async list(visitor, query) {
      const search = query.get('search')
      const cursor = query.get('cursor')
      const { items, next } = await fromStore(
        store.list(scopeOf(visitor.caller), {
          limit: toLimit(query, MAX_LISTED_SESSIONS),
          ...(search ? { search } : {}),
          ...(cursor ? { cursor } : {}),
        }),
      )
      return { sessions: items.map((record) => toSession(record)), next_cursor: next ?? null }
    },
    async read(visitor, id) {
      const { record, core } = await findRecord(visitor, id)
      return toSession(record, core)
    },
    patch: (visitor, id, body) =>
      inSession(visitor, id, (core) => {
        const changed = toDescribed(body as PatchBody, core.record)
        const { settings: _told, ...shown } = body as PatchBody
        const keep = changed.keep ?? core.record.keep
        const active = toActive({ ...core, record: { ...core.record, keep } })
        const event: LogEvent = {
          type: 'session_updated',
          ...shown,
          ...(shown.keep === undefined ? {} : { expires_at: toTime(active.expiresAt) }),
        }
        return update(core, event, { ...changed, ...active })
      }),
    async delete(visitor, id) {
      const { key } = await findRecord(visitor, id)
      await sessions.remove(key)
      await fromStore(store.delete(key))
    },
    messages: (visitor, id, query) =>
      inSession(visitor, id, async (core) => {
        const limit = toLimit(query, MAX_LISTED_MESSAGES)
        const before = query.get('before')
        const next = before === null ? undefined : await findMessage(core, before)
        const read =
          query.get('branches') === 'all'
            ? async () =>
                (
                  await store.messages(core.key, {
                    limit: limit + 1,
                    ...(next ? { before: next.place } : {}),
                  })
                ).items
            : () => store.branch(core.key, next ? next.parentId : core.record.head, limit + 1)
        const found = await core.writer.read(read)
        const shown = found.slice(-limit)
        return {
          messages: shown.map((message) => toSessionMessage(withProgress(message, core))),
          head: core.record.head,
          next_before: found.length > limit ? (shown[0]?.id ?? null) : null,
        }
      }),
    async runs(visitor, id) {
      const { key } = await findRecord(visitor, id)
      const runs = await fromStore(store.runs(key, { limit: MAX_LISTED_RUNS }))
      return { runs: runs.map(toRun) }
    },
    async prompt(visitor, id, runId) {
      const { key } = await findRecord(visitor, id)
      const run = await fromStore(store.run(key, runId))
      if (!run) throw new GatewayError('not_found', 'There is no such run in this session.')
      return toPrompt(run)
    },
    extend: (visitor, id, body) =>
      inSession(visitor, id, (core) => {
        const { hours } = body as ExtendBody
        const byMs = hours === undefined ? around.settings().expiresAfterMs : hours * HOUR_MS
        const activeAt = around.now()
        const expiresAt = core.record.keep ? null : activeAt + byMs
        const event: LogEvent = { type: 'session_updated', expires_at: toTime(expiresAt) }
        return update(core, event, { activeAt, expiresAt })
      }),
    fork: (visitor, id, body) =>
      inSession(visitor, id, async (core) => {
        const { message_id: last, title } = body as ForkBody
        if (last !== undefined) await findMessage(core, last)
        const messages = await copyBranch(core, last ?? core.record.head)
        const key = keyOf(visitor, newSessionId())
        const { record } = core
        await createSession(around, key, {
          ...record,
          ...(title === undefined ? {} : { title, titledBy: 'user' }),
        })
        await sessions.use(key, (copy) => writeCopy(copy, messages))
        return toSession((await findRecord(visitor, key.id)).record)
      }),
    export: (visitor, id, format) =>
      inSession(visitor, id, async (core) => {
        const { messages } = (await takeSnapshot(core)).event
        return format === 'markdown'
          ? toMarkdown(core.record.title, messages)
          : JSON.stringify({ session: toSession(core.record, core), messages })
      }),
    async costs(visitor, sessionId) {
      if (sessionId !== undefined) await findRecord(visitor, sessionId)
      return costs.read(visitor, sessionId)
    },
    resetCosts: costs.reset,
  }
}

const update = (core: SessionCore, event: LogEvent, session: Partial<SessionRecord>) =>
  core.commands(async () => {
    await core.writer.commit({ events: [event], rows: { session } })
    return toSession(core.record, core)
  })

const toTime = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString()

const toLimit = (query: URLSearchParams, most: number): number => {
  const text = query.get('limit')
  if (text === null) return most
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= most) return limit
  throw invalidRequest(`'limit' must be a whole number from 1 to ${most}.`, 'limit')
}
