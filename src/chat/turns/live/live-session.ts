/** A session in memory: while somebody has joined it, or something is in progress in it. */
import { GatewayError, toGatewayError } from '#model'
import type { JoinedSession } from '../../chat.ts'
import type { OpenedSession, SessionKey } from '../../sessions/session-store.ts'
import { storeUnavailable } from '../log/from-store.ts'
import { goingAway, isMoved, takenOver } from '../log/leaving.ts'
import type { ActiveRun } from '../run/active-run.ts'
import { advance } from './advance.ts'
import type { SessionCore, Surroundings } from './core.ts'
import { createCore } from './create-core.ts'
import { joinSession } from './joined-session.ts'
import { createPresence } from './presence.ts'
import { recover } from './recover.ts'
import { createEventWindow } from './window.ts'

export interface LiveSession {
  readonly core: SessionCore
  readonly isIdle: boolean
  /** Why nobody reads on. Undefined while somebody may. */
  readonly gone: GatewayError | undefined
  join(isNew: boolean): JoinedSession
  /** Keeps it in memory. @returns a function that ends that. */
  hold(): () => void
  /** Nobody reads on. */
  sendReadersAway(reason: GatewayError): void
  /** Nothing more happens in it: what is in progress is left as it is. */
  close(reason: GatewayError): void
}

interface LiveOptions {
  readonly key: SessionKey
  readonly opened: OpenedSession
  readonly place: number
  readonly around: Surroundings
  readonly onIdle: () => void
  /** It belongs to another process, or is gone. */
  readonly onLost: () => void
  /** What those are told who were in it while it was lost. */
  readonly goingElsewhere: () => GatewayError
}

const abandoned = (): GatewayError =>
  new GatewayError('cancelled', 'Nobody read the answer for too long.', { vendorCode: 'abandoned' })

/** @throws GatewayError `store_unavailable` */
export const openLiveSession = async (options: LiveOptions): Promise<LiveSession> => {
  const { opened, around } = options
  let gone: GatewayError | undefined

  const core: SessionCore = createCore({
    ...options,
    presence: {
      get count() {
        return presence.count
      },
      changed() {
        window.changed()
        presence.changed()
      },
    },
    onRest: () => void advance(core),
    onLost(reason) {
      close(reason.code === 'conflict' ? options.goingElsewhere() : reason)
      options.onLost()
    },
    onOverflow: () => core.run?.stop('interrupted', storeUnavailable()),
  })
  const presence = createPresence({
    core: () => core,
    abandonAfterMs: () => around.settings().abandonAfterMs,
    onAbandoned: (run: ActiveRun) => run.stop('cancelled', abandoned()),
    onIdle: options.onIdle,
  })
  const window = createEventWindow(core)

  const sendReadersAway = (reason: GatewayError): void => {
    gone = reason
    core.log.drop()
  }

  const close = (reason: GatewayError): void => {
    presence.stop()
    window.stop()
    core.run?.stop('interrupted', isMoved(reason) ? goingAway() : reason)
    core.writer.stop(isMoved(reason) ? takenOver() : reason)
    sendReadersAway(reason)
  }

  const join = (isNew: boolean): JoinedSession => {
    presence.come()
    return joinSession({ core, isNew, gone: () => gone, onLeave: () => presence.go() })
  }

  try {
    await recover(core, opened)
  } catch (thrown) {
    // Whoever opens it next is its only writer.
    close(toGatewayError(thrown))
    throw thrown
  }
  core.presence.changed()
  if (core.queue.length > 0) core.onRest()

  return {
    core,
    get isIdle() {
      return presence.isIdle
    },
    get gone() {
      return gone
    },
    join,
    hold() {
      presence.come()
      return () => presence.go()
    },
    sendReadersAway,
    close,
  }
}
