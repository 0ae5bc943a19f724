/** The owner's side: what other processes ask of the sessions that this one has in memory. */
import { credentialRemoved } from '#access'
import type { ReplicaCalls } from '#stores'
import { fromSentVisitor } from '../../sent-visitor.ts'
import type { SessionKey } from '../../sessions/session-store.ts'
import type { LocalSessions } from '../live-sessions.ts'
import type { Surroundings } from '../live/core.ts'
import type { LiveSession } from '../live/live-session.ts'
import { takeSnapshot } from '../live/shown-messages.ts'
import { moved } from '../log/leaving.ts'
import { createGuests, type Guests } from './guests.ts'
import type { LongAnswers } from './pieces.ts'
import {
  type Commanded,
  type Follow,
  type Left,
  type Named,
  nameOf,
  SAID,
  type Tasked,
  type Unfollow,
  type Where,
} from './wire.ts'

interface Hosting {
  readonly around: Surroundings
  readonly local: LocalSessions
  readonly calls: ReplicaCalls
  readonly long: LongAnswers
}

interface Hosted {
  readonly id: string
  readonly live: LiveSession
  readonly guests: Guests
}

export const hostSessions = ({ around, local, calls, long }: Hosting): void => {
  const hosted = new Map<string, Hosted>()
  let opened = 0

  /** Undefined if there is no such session. @throws GatewayError `moved` */
  const take = async (key: SessionKey): Promise<Hosted | undefined> => {
    // Whoever goes opens nothing any more.
    if (around.isDraining() && !local.has(key)) throw moved()
    const live = await local.take(key)
    if (!live) return undefined
    if (!local.isOpen(live)) throw moved()
    return hostedOf(key, live)
  }

  const hostedOf = (key: SessionKey, live: LiveSession): Hosted => {
    const name = nameOf(key)
    const known = hosted.get(name)
    if (known?.live === live) return known
    const id = String(++opened)
    const onEmpty = (): void => {
      if (hosted.get(name)?.live === live) hosted.delete(name)
    }
    const made = { id, live, guests: createGuests({ live, name, id, tell: calls.tell, onEmpty }) }
    hosted.set(name, made)
    return made
  }

  calls.on(SAID.follow, async (asked, from) => {
    const { key, id } = asked as Follow
    const found = await take(key)
    return found && long.cut(found.guests.follow(from, id))
  })
  calls.on(SAID.unfollow, (asked, from) => {
    const { name, id } = asked as Unfollow
    hosted.get(name)?.guests.unfollow(from, id)
  })
  calls.on(SAID.command, async (asked, from) => {
    const { key, visit, command, by } = asked as Commanded
    const visitor = fromSentVisitor(by, key, around.findCaller)
    if (!visitor) throw credentialRemoved()
    const found = await take(key)
    if (!found) return undefined
    return found.guests.visitor(from, visit).command(command, visitor)
  })
  calls.on(SAID.leave, (asked, from) => {
    const { key, visit } = asked as Left
    hosted.get(nameOf(key))?.guests.leave(from, visit)
  })
  calls.on(SAID.snapshot, async (asked) => {
    const found = await take((asked as Named).key)
    return found && long.cut(await takeSnapshot(found.live.core))
  })
  calls.on(SAID.where, async (asked) => {
    const found = await take((asked as Named).key)
    if (!found) return undefined
    const { log } = found.live.core
    return { live: found.id, epoch: log.position.epoch, epochs: log.epochs } satisfies Where
  })
  calls.on(SAID.look, async (asked) => {
    const found = await local.look((asked as Named).key)
    if (!found) return undefined
    const { record, queue, run } = found
    const { runId, messageId, answer } = run ?? {}
    return long.cut({
      record,
      // Nobody is shown what waits.
      queue: queue.map((queued) => ({ ...queued, command: '' })),
      ...(answer && {
        run: { runId, messageId, answer: { content: answer.content, parts: answer.parts } },
      }),
    })
  })
  calls.on(SAID.task, (asked) => {
    const { key, task } = asked as Tasked
    return local.perform(key, task)
  })
  calls.on(SAID.delete, (asked) => local.delete((asked as Named).key))
  calls.onEvent({
    gone(process) {
      for (const { guests } of hosted.values()) guests.leaveAll(process)
    },
  })
}
