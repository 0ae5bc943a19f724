/** A session as it is looked at: one that is not in memory is not taken into it for that. */
import { GatewayError } from '#model'
import type { Visitor } from '../../chat.ts'
import { notFound } from '../../turns/commands/errors.ts'
import type { LiveSessions, LookedAt } from '../../turns/live-sessions.ts'
import type { Surroundings } from '../../turns/live/core.ts'
import { withProgress } from '../../turns/live/shown-messages.ts'
import { fromStore } from '../../turns/log/from-store.ts'
import { isSessionId } from '../ids.ts'
import type { MessageRecord, Page, SessionKey, SessionRecord } from '../session-store.ts'
import { keyOf } from './create-session.ts'

export interface SeenSession {
  readonly key: SessionKey
  readonly record: SessionRecord
  /** Present if it is in memory, here or elsewhere. */
  readonly live: LookedAt | undefined
  /** @throws GatewayError `not_found` */
  message(id: string): Promise<MessageRecord>
  /** The newest messages of the branch with this end, in order. */
  branch(last: string | null, limit: number): Promise<readonly MessageRecord[]>
  /** The newest messages of all branches before a place. */
  page(before: number | undefined, limit: number): Promise<Page<MessageRecord>>
}

export const noSuchSession = (): GatewayError =>
  new GatewayError('not_found', 'There is no such session.')

export type See = (visitor: Visitor, id: string) => Promise<SeenSession>

/** @throws GatewayError `not_found` for what is another's, too. */
export const createSee =
  ({ store }: Pick<Surroundings, 'store'>, sessions: LiveSessions): See =>
  async (visitor, id) => {
    if (!isSessionId(id)) throw noSuchSession()
    const key = keyOf(visitor, id)
    const live = await sessions.look(key)
    const record = live?.record ?? (await fromStore(store.find(key)))
    if (!record) throw noSuchSession()
    /** After everything that is being written. */
    const read = <Result>(work: () => Promise<Result>): Promise<Result> =>
      live?.read ? live.read(work) : fromStore(work())
    const toShown = (messages: readonly MessageRecord[]): readonly MessageRecord[] =>
      live ? messages.map((message) => withProgress(message, live)) : messages

    return {
      key,
      record,
      live,
      async message(messageId) {
        const found = await read(() => store.message(key, messageId))
        if (!found) throw notFound('message', 'message_id')
        return found
      },
      branch: async (last, limit) => toShown(await read(() => store.branch(key, last, limit))),
      async page(before, limit) {
        const asked = { limit, ...(before === undefined ? {} : { before }) }
        const page = await read(() => store.messages(key, asked))
        return { ...page, items: toShown(page.items) }
      },
    }
  }
