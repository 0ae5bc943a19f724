/** A session as one of its visitors has it. */
import { GatewayError } from '#model'
import type { JoinedSession } from '../../chat.ts'
import { doCommand } from '../commands/do-command.ts'
import { removeQueued } from '../commands/queue/dequeue.ts'
import { followLog } from '../log/follow.ts'
import type { SessionCore, Waiting } from './core.ts'
import { takeSnapshot } from './shown-messages.ts'

interface Joining {
  readonly core: SessionCore
  readonly isNew: boolean
  /** Why nobody reads on. Undefined while somebody may. */
  readonly gone: () => GatewayError | undefined
  readonly onLeave: () => void
}

const starterLeft = (): GatewayError =>
  new GatewayError('cancelled', 'The client that asked has left.', { vendorCode: 'starter_left' })

export const joinSession = ({ core, isNew, gone, onLeave }: Joining): JoinedSession => {
  let hasLeft = false
  /** @throws GatewayError */
  const checkPresent = (): void => {
    const reason = gone()
    if (reason) throw reason
  }

  const joined: JoinedSession = {
    id: core.key.id,
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
      checkPresent()
      const snapshot = () => takeSnapshot(core)
      return followLog({ log: core.log, reader, snapshot, gone }, position)
    },
    async command(command, by) {
      checkPresent()
      return doCommand(core, command, { visitor: by, starter: joined })
    },
    leave() {
      if (hasLeft) return
      hasLeft = true
      endWhatEndsWith(core, joined)
      onLeave()
    },
  }
  return joined
}

/** What a visitor started with `on_disconnect: cancel`. */
const endWhatEndsWith = (core: SessionCore, starter: object): void => {
  const stopRun = (): void => {
    const { run } = core
    if (run?.starter === starter && run.onDisconnect === 'cancel')
      run.stop('cancelled', starterLeft())
  }
  stopRun()
  core
    .commands(async () => {
      // It may have begun after its starter left.
      stopRun()
      const ids = core.queue
        .map(({ messageId }) => messageId)
        .filter((id) => {
          const waiting = core.waiting.get(id)
          return waiting?.starter === starter && endsWithStarter(core, waiting)
        })
      if (ids.length > 0) await removeQueued(core, ids)
    })
    .catch(() => undefined)
}

const endsWithStarter = ({ record }: SessionCore, { command }: Waiting): boolean => {
  const asked = command.type === 'message' ? command.on_disconnect : undefined
  return (asked ?? record.settings.onDisconnect) === 'cancel'
}
