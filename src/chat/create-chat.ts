/** The chat backend of this process. */
import { goingDown } from '#model'
import type { Chat } from './chat.ts'
import { checkSessionId, isMadeHere, newSessionId } from './sessions/ids.ts'
import { createSession, keyOf } from './sessions/resources/create-session.ts'
import { createResources } from './sessions/resources/create-resources.ts'
import { noSuchSession } from './sessions/resources/seen-session.ts'
import { createUploads } from './uploads/create-uploads.ts'
import { createSweep } from './turns/sweep.ts'
import { createLiveSessions } from './turns/live-sessions.ts'
import type { Surroundings } from './turns/live/core.ts'
import { createSharedSessions } from './turns/replicas/shared-sessions.ts'

export type ChatOptions = Omit<Surroundings, 'held' | 'files' | 'now' | 'isDraining'> &
  Partial<Pick<Surroundings, 'now'>>

/** A chat that has to be started. */
export interface ServedChat extends Chat {
  /** Ends what an earlier process left unfinished, and goes on with what waits. Does not reject. */
  start(): Promise<void>
}

export const createChat = (options: ChatOptions): ServedChat => {
  let isDraining = false
  const around: Surroundings = {
    ...options,
    now: options.now ?? Date.now,
    held: { bytes: 0 },
    files: { bytes: 0 },
    isDraining: () => isDraining,
  }
  const sessions = around.replicas
    ? createSharedSessions(around, around.replicas)
    : createLiveSessions(around)
  const sweep = createSweep(around, sessions)

  return {
    async join(visitor, { id: asked, creates }) {
      if (isDraining) throw goingDown()
      const id = asked === undefined ? newSessionId() : checkSessionId(asked)
      const key = keyOf(visitor, id)
      const isMade = asked === undefined || (creates && !isMadeHere(asked))
      const found = asked === undefined ? undefined : await sessions.join(key, false)
      if (found) return found
      if (!isMade) throw noSuchSession()
      const isNew = await createSession(around, key)
      const made = await sessions.join(key, isNew)
      if (!made) throw noSuchSession()
      return made
    },
    resources: createResources(around, sessions),
    uploads: createUploads(around),
    get running() {
      return sessions.running
    },
    start: sweep.start,
    async drain(withinMs) {
      isDraining = true
      sweep.stop()
      await sessions.drain(withinMs)
    },
  }
}
