/** Those in other processes who follow a session of this one, and the visitors there who act in it. */
import type { StampedEvent } from '#model'
import type { Following } from '#runs'
import type { ReplicaCalls } from '#stores'
import type { JoinedSession } from '../../chat.ts'
import type { StoredEvent } from '../../sessions/session-store.ts'
import type { LiveSession } from '../live/live-session.ts'
import { toStored } from '../log/stored-events.ts'
import { type Ended, type Followed, type LogPart, SAID } from './wire.ts'

export interface Guests {
  /** A process follows from now on, in place of what it followed before. @returns what has been so far. */
  follow(process: string, id: string): Followed
  /** What was said about an earlier following may arrive late. */
  unfollow(process: string, id: string): void
  visitor(process: string, visit: string): JoinedSession
  leave(process: string, visit: string): void
  /** The process is gone, and all of its visitors with it. */
  leaveAll(process: string): void
}

interface GuestsOptions {
  readonly live: LiveSession
  readonly name: string
  /** Of this session in memory. */
  readonly id: string
  readonly tell: ReplicaCalls['tell']
  /** Nobody is left. */
  readonly onEmpty: () => void
}

interface Follower {
  readonly id: string
  readonly letGo: () => void
}

export const createGuests = ({ live, name, id, tell, onEmpty }: GuestsOptions): Guests => {
  const { log } = live.core
  const followers = new Map<string, Follower>()
  const visitors = new Map<string, Map<string, JoinedSession>>()
  let following: Following | undefined
  let stopWatching: (() => void) | undefined

  const tellAll = (part: Omit<LogPart, 'name' | 'live'>): void =>
    tell([...followers.keys()], SAID.log, { name, live: id, ...part } satisfies LogPart)

  const start = (): void => {
    if (following) return
    stopWatching = log.watch({
      raised: () => tellAll({ raised: epochsOf() }),
      forgotten: (upTo) => tellAll({ forgotten: upTo }),
    })
    following = log.follow(log.lastSeq, {
      take(entries) {
        for (const { event } of entries) tellAll({ event })
        return true
      },
      end: () => close(),
    })
  }

  const stop = (): void => {
    following?.stop()
    following = undefined
    stopWatching?.()
  }

  /** Nobody reads here any more. */
  const close = (): void => {
    const isDeleted = live.gone?.code === 'not_found'
    const told: Ended = { name, live: id, isDeleted }
    tell([...followers.keys()], SAID.ended, told)
    for (const { letGo } of followers.values()) letGo()
    followers.clear()
    visitors.clear()
    checkEmpty()
  }

  const checkEmpty = (): void => {
    if (followers.size > 0) return
    stop()
    if (visitors.size === 0) onEmpty()
  }

  const epochsOf = (): Pick<Followed, 'epoch' | 'epochs'> => ({
    epoch: log.position.epoch,
    epochs: log.epochs,
  })

  const stopTelling = (process: string): void => {
    followers.get(process)?.letGo()
    followers.delete(process)
    checkEmpty()
  }

  return {
    follow(process, asked) {
      followers.get(process)?.letGo()
      followers.set(process, { id: asked, letGo: live.hold() })
      start()
      const { record, run } = live.core
      return {
        live: id,
        ...epochsOf(),
        lastSeq: log.lastSeq,
        events: toStoredByEpoch(log.entriesAfter(0).map(({ event }) => event)),
        head: record.head,
        activeRun: run?.runId ?? null,
      }
    },
    unfollow(process, asked) {
      if (followers.get(process)?.id === asked) stopTelling(process)
    },
    visitor(process, visit) {
      const visits = visitors.get(process) ?? new Map<string, JoinedSession>()
      visitors.set(process, visits)
      const joined = visits.get(visit) ?? live.join(false)
      visits.set(visit, joined)
      return joined
    },
    leave(process, visit) {
      const visits = visitors.get(process)
      visits?.get(visit)?.leave()
      visits?.delete(visit)
      if (visits?.size === 0) visitors.delete(process)
      checkEmpty()
    },
    leaveAll(process) {
      const visits = visitors.get(process)
      visitors.delete(process)
      for (const joined of visits?.values() ?? []) joined.leave()
      stopTelling(process)
    },
  }
}

/** Events are stored together in one epoch. */
const toStoredByEpoch = (events: readonly StampedEvent[]): readonly StoredEvent[] => {
  const stored: StoredEvent[] = []
  for (let at = 0; at < events.length;) {
    const { epoch } = events[at] as StampedEvent
    const end = events.findIndex((event, index) => index > at && event.epoch !== epoch)
    const some = events.slice(at, end === -1 ? events.length : end)
    stored.push(...toStored(some, epoch))
    at += some.length
  }
  return stored
}
