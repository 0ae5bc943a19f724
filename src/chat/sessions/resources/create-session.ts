/** Makes a session, empty or as a copy of a branch. */
import { scopeOf } from '#access'
import type { Visitor } from '../../chat.ts'
import { fromStore } from '../../turns/log/from-store.ts'
import type { Surroundings } from '../../turns/live/core.ts'
import type { SessionKey, SessionRecord } from '../session-store.ts'

/** Of one owner. */
const MAX_SESSIONS = 10_000

/** @returns false if it exists. @throws GatewayError `too_many_sessions`, `store_unavailable` */
export const createSession = (
  { store, settings, now }: Pick<Surroundings, 'store' | 'settings' | 'now'>,
  key: SessionKey,
  described: Partial<SessionRecord> = {},
): Promise<boolean> => {
  const createdAt = now()
  const keep = described.keep ?? false
  return fromStore(
    store.create(
      {
        title: null,
        titledBy: 'nobody',
        systemPrompt: null,
        model: null,
        settings: {},
        metadata: {},
        ...described,
        ...key,
        head: null,
        createdAt,
        activeAt: createdAt,
        expiresAt: keep ? null : createdAt + settings().expiresAfterMs,
        keep,
      },
      MAX_SESSIONS,
    ),
  )
}

export const keyOf = ({ caller }: Visitor, id: string): SessionKey => ({
  owner: scopeOf(caller),
  id,
})
