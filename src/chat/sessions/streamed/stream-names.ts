/**
 * The names of streams. They tell nothing about a session. Another session that gets the same id later, or in another
 * installation with the same Redis, has another name.
 */
import { createHash } from 'node:crypto'
import type { DeletedSession, SessionKey, SessionStore } from '../session-store.ts'

export interface StreamNames {
  remember(key: SessionKey, session: DeletedSession): string
  /** Undefined if there is no such session. */
  find(key: SessionKey): Promise<string | undefined>
}

export const toStreamName = ({ owner, id, createdAt }: DeletedSession): string =>
  createHash('sha256')
    .update(JSON.stringify([owner, id, createdAt]))
    .digest('base64url')

export const createStreamNames = ({ find }: Pick<SessionStore, 'find'>): StreamNames => {
  /** Whoever has opened a session goes on with the same key, many times a second. */
  const known = new WeakMap<SessionKey, string>()

  const remember = (key: SessionKey, session: DeletedSession): string => {
    const name = toStreamName(session)
    known.set(key, name)
    return name
  }

  return {
    remember,
    async find(key) {
      const name = known.get(key)
      if (name !== undefined) return name
      const session = await find(key)
      return session && remember(key, session)
    },
  }
}
