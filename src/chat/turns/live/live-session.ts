/** A session in memory: while somebody has joined it, or something is in progress in it. */
import { GatewayError, toGatewayError } from '#model'
import type { JoinedSession } from '../../chat.ts'
import type { OpenedSession, SessionKey } from '../../sessions/session-store.ts'
import { doCommand } from '../commands/do-command.ts'
import { removeQueued } from '../commands/queue/dequeue.ts'
import { followLog } from '../log/follow.ts'
import { storeUnavailable } from '../log/from-store.ts'
import type { ActiveRun } from '../run/active-run.ts'
import { advance } from './advance.ts'
import type { SessionCore, Surroundings, Waiting } from './core.ts'
import { createCore } from './create-core.ts'
import { createPresence } from './presence.ts'
import { recover } from './recover.ts'
import { takeSnapshot } from './shown-messages.ts'
import { createEventWindow } from './window.ts'

export interface LiveSession {
  readonly core: SessionCore
  readonly isIdle: boolean
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
}

export const goingAway = (): GatewayError =>
  new GatewayError('at_capacity', 'The session goes on elsewhere.', { vendorCode: 'going_away' })

const abandoned = (): GatewayError =>
  new GatewayError('cancelled', 'Nobody read the answer for too long.', { vendorCode: 'abandoned' })

const starterLeft = (): GatewayError =>
  new GatewayError('cancelled', 'The client that asked has left.', { vendorCode: 'starter_left' })

/** @throws GatewayError `store_unavailable` */
export const openLiveSession = async (options: LiveOptions): Promise<LiveSession> => {
  const { key, opened, around } = options
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
      close(reason.code === 'conflict' ? goingAway() : reason)
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
    core.run?.stop('interrupted', reason)
    core.writer.stop(reason)
    sendReadersAway(reason)
  }

  const leave = (starter: object): void => {
    const { record } = core
    const ends = ({ command }: Waiting): boolean =>
      ((command.type === 'message' && command.on_disconnect) || record.settings.onDisconnect) ===
      'cancel'
    const stop = (): void => {
      if (core.run?.starter === starter && core.run.onDisconnect === 'cancel')
        core.run.stop('cancelled', starterLeft())
    }
    stop()
    core
      .commands(async () => {
        // It may have begun after its starter left.
        stop()
        const ids = core.queue
          .map(({ messageId }) => messageId)
          .filter((id) => {
            const each = core.waiting.get(id)
            return each?.starter === starter && ends(each)
          })
        if (ids.length > 0) await removeQueued(core, ids)
      })
      .catch(() => undefined)
  }

  const join = (isNew: boolean): JoinedSession => {
    let hasLeft = false
    presence.come()
    const joined: JoinedSession = {
      id: key.id,
      isNew,
      get position() {
        return core.log.position
      },
      get head() {
        return core.record.head
      },
      get activeRun() {
        return core.run?.runId
      },
      history: async () => (await takeSnapshot(core)).event.messages,
      async snapshot() {
        const { event, position } = await takeSnapshot(core)
        return { messages: event.messages, position }
      },
      async follow(position, reader) {
        if (gone) throw gone
        const farewell = (): GatewayError => gone ?? goingAway()
        const snapshot = () => takeSnapshot(core)
        return followLog({ log: core.log, reader, snapshot, farewell }, position)
      },
      async command(command, by) {
        if (gone) throw gone
        return doCommand(core, command, { visitor: by, starter: joined })
      },
      leave() {
        if (hasLeft) return
        hasLeft = true
        leave(joined)
        presence.go()
      },
    }
    return joined
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
    join,
    hold() {
      presence.come()
      return () => presence.go()
    },
    sendReadersAway,
    close,
  }
}
