/** The next message of the queue has its turn. */
import { type GatewayError, toGatewayError } from '#model'
import { removeQueued } from '../commands/queue/dequeue.ts'
import { fromQueued } from '../commands/queue/queued-command.ts'
import { toWanted } from '../commands/answers/to-wanted.ts'
import { beginRun } from '../run/begin-run.ts'
import type { SessionCore, Waiting } from './core.ts'

const AGAIN_MS = 1_000

/** Does not reject. A message that cannot be answered is taken out of the queue. */
export const advance = async (core: SessionCore): Promise<void> => {
  try {
    await core.commands(() => beginNext(core))
  } catch (thrown) {
    const error = toGatewayError(thrown)
    if (isElsewhere(error)) return
    if (isForLater(error)) setTimeout(() => void advance(core), AGAIN_MS).unref()
    else core.around.log.error({ error: thrown, session: core.key.id }, 'a queue does not go on')
  }
}

/** Whoever has the session now goes on with its queue. */
const isElsewhere = ({ code, vendorCode }: GatewayError): boolean =>
  code === 'conflict' || vendorCode === 'going_away'

const isForLater = ({ code }: GatewayError): boolean =>
  code === 'store_unavailable' || code === 'at_capacity'

const beginNext = async (core: SessionCore): Promise<void> => {
  for (;;) {
    const [next] = core.queue
    if (!next || core.run || core.around.isDraining()) return
    const id = next.messageId
    const queued: Waiting | undefined = core.waiting.get(id) ?? fromQueued(core, next)
    if (!queued) await removeQueued(core, [id])
    else {
      try {
        await beginRun(core, await toWanted(core, queued.command, id), queued, id)
        return
      } catch (thrown) {
        const error = toGatewayError(thrown)
        const { code } = error
        if (isElsewhere(error) || isForLater(error)) throw thrown
        core.around.log.warn(
          { session: core.key.id, outcome: code, ...(code === 'internal' && { error: thrown }) },
          'a queued message is refused',
        )
        await removeQueued(core, [id])
      }
    }
  }
}
