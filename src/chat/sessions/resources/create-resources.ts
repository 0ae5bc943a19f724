/** The answers of `/api/sessions`. */
import { scopeOf } from '#access'
import { GatewayError, invalidRequest } from '#model'
import type { SessionResources, Visitor } from '../../chat.ts'
import type { LiveSessions } from '../../turns/live-sessions.ts'
import type { Surroundings } from '../../turns/live/core.ts'
import { toSessionMessage } from '../../turns/live/shown-messages.ts'
import { fromStore } from '../../turns/log/from-store.ts'
import { MAX_LISTED_SESSIONS } from '../../settings.ts'
import { checkSessionId, isMadeHere, isSessionId, newSessionId } from '../ids.ts'
import {
  type CreateBody,
  type ExtendBody,
  type ForkBody,
  type PatchBody,
  toDescribed,
} from './bodies.ts'
import type { SessionTask } from './change-session.ts'
import { createSession, keyOf } from './create-session.ts'
import { createCosts, isCostMark } from './costs.ts'
import { copyMessages, useFilesOf, writeCopy } from './fork-session.ts'
import { listMessages, readLimit } from './list-messages.ts'
import { createSee, noSuchSession } from './seen-session.ts'
import { toMarkdown, toPrompt } from './shown/documents.ts'
import { readPrompt } from './shown/read-prompt.ts'
import { toRun, toSession } from './shown/to-wire.ts'

const MAX_LISTED_RUNS = 100
/** Of a fork and of an export. */
const MAX_COPIED_MESSAGES = 10_000

export const createResources = (around: Surroundings, sessions: LiveSessions): SessionResources => {
  const { store } = around
  const see = createSee(around, sessions)
  const costs = createCosts(around, see)

  /** @throws GatewayError `not_found` */
  const inSession = async (visitor: Visitor, id: string, task: SessionTask): Promise<object> => {
    const done = isSessionId(id) ? await sessions.perform(keyOf(visitor, id), task) : undefined
    if (!done) throw noSuchSession()
    return done
  }

  return {
    async create(visitor, body) {
      const { id: asked, ...rest } = body as CreateBody
      const id = asked === undefined ? newSessionId() : checkSessionId(asked)
      if (asked !== undefined && isMadeHere(asked))
        throw invalidRequest('Ids that begin with "ses_" are made by the server.', 'id')
      const described = toDescribed(rest, { settings: {} })
      if (!(await createSession(around, keyOf(visitor, id), described)))
        throw new GatewayError('conflict', 'There is a session with this id.', { param: 'id' })
      return toSession((await see(visitor, id)).record)
    },
    async list(visitor, query) {
      const search = query.get('search')
      const cursor = query.get('cursor')
      const { items, next } = await fromStore(
        store.list(scopeOf(visitor.caller), {
          limit: readLimit(query, MAX_LISTED_SESSIONS),
          ...(search ? { search } : {}),
          ...(cursor ? { cursor } : {}),
        }),
      )
      const shown = items.filter((record) => !isCostMark(record))
      return { sessions: shown.map((record) => toSession(record)), next_cursor: next ?? null }
    },
    async read(visitor, id) {
      const { record, live } = await see(visitor, id)
      return toSession(record, live)
    },
    patch: (visitor, id, body) => inSession(visitor, id, { do: 'patch', body: body as PatchBody }),
    async delete(visitor, id) {
      const { key } = await see(visitor, id)
      await sessions.delete(key)
    },
    messages: async (visitor, id, query) => listMessages(await see(visitor, id), query),
    async runs(visitor, id) {
      const { key } = await see(visitor, id)
      const runs = await fromStore(store.runs(key, { limit: MAX_LISTED_RUNS }))
      return { runs: runs.map(toRun) }
    },
    async prompt(visitor, id, runId) {
      const { key } = await see(visitor, id)
      const run = await fromStore(store.run(key, runId))
      if (!run) throw new GatewayError('not_found', 'There is no such run in this session.')
      return toPrompt({ ...run, prompt: await readPrompt(store, key, run) })
    },
    extend: (visitor, id, body) =>
      inSession(visitor, id, { do: 'extend', body: body as ExtendBody }),
    async fork(visitor, id, body) {
      const { message_id: last, title } = body as ForkBody
      const session = await see(visitor, id)
      if (last !== undefined) await session.message(last)
      const branch = await session.branch(last ?? session.record.head, MAX_COPIED_MESSAGES)
      const key = keyOf(visitor, newSessionId())
      const titled = title === undefined ? {} : { title, titledBy: 'user' as const }
      await createSession(around, key, { ...session.record, ...titled })
      await fromStore(useFilesOf(store, key, branch))
      await sessions.use(key, (copy) => writeCopy(copy, copyMessages(branch)))
      return toSession((await see(visitor, key.id)).record)
    },
    async export(visitor, id, format) {
      const { record, live, branch } = await see(visitor, id)
      const messages = (await branch(record.head, MAX_COPIED_MESSAGES)).map(toSessionMessage)
      return format === 'markdown'
        ? toMarkdown(record.title, messages)
        : JSON.stringify({ session: toSession(record, live), messages })
    },
    costs: costs.read,
    resetCosts: costs.reset,
  }
}
