/** What processes say to each other about sessions. All of it is JSON. */
import { GatewayError, type SessionCommand, type StampedEvent } from '#model'
import type { SentVisitor } from '../../sent-visitor.ts'
import type { OpenedSession, SessionKey, StoredEvent } from '../../sessions/session-store.ts'
import type { SessionTask } from '../../sessions/resources/change-session.ts'
import { moved } from '../log/leaving.ts'

/** The names of questions (Q) and of what is told (T). */
export const SAID = {
  /** Q, by a mirror: `Follow` -> `Pieces<Followed>` */
  follow: 'chat.follow',
  /** Q: `Unfollow` */
  unfollow: 'chat.unfollow',
  /** T, to mirrors: `LogPart` */
  log: 'chat.log',
  /** T, to mirrors: `Ended` */
  ended: 'chat.ended',
  /** Q: `Commanded` -> `CommandOutcome` */
  command: 'chat.command',
  /** Q: `Left` */
  leave: 'chat.leave',
  /** Q: `Named` -> `Pieces<Snapshot>` */
  snapshot: 'chat.snapshot',
  /** Q: `Named` -> `Where` */
  where: 'chat.where',
  /** Q: `Named` -> `LookedAt`, or nothing if it is not in memory */
  look: 'chat.look',
  /** Q: `Tasked` -> what clients are shown, or nothing if there is no such session */
  task: 'chat.task',
  /** Q: `Named` */
  delete: 'chat.delete',
  /** Q: `{id}` -> `Pieces` */
  piece: 'chat.piece',
} as const

export interface Named {
  readonly key: SessionKey
}

export interface Follow extends Named {
  /** Of this following. The process that follows makes it. */
  readonly id: string
}

export interface Unfollow {
  readonly name: string
  readonly id: string
}

type Epochs = Pick<OpenedSession, 'epoch' | 'epochs'>

export interface Followed extends Epochs {
  /** Of the session in its owner's memory: it has another one when it was opened again. */
  readonly live: string
  readonly lastSeq: number
  readonly events: readonly StoredEvent[]
  readonly head: string | null
  readonly activeRun: string | null
}

/** What has happened to the log of an owner, in order. */
export interface LogPart {
  readonly name: string
  readonly live: string
  readonly event?: StampedEvent
  readonly raised?: Epochs
  readonly forgotten?: number
}

export interface Ended {
  readonly name: string
  readonly live: string
  /** Otherwise it goes on elsewhere. */
  readonly isDeleted: boolean
}

export interface Where extends Epochs {
  readonly live: string
}

export interface Commanded extends Named {
  /** Of the visit, in the process that asks. */
  readonly visit: string
  readonly command: SessionCommand
  readonly by: SentVisitor
}

export interface Left extends Named {
  readonly visit: string
}

export interface Tasked extends Named {
  readonly task: SessionTask
}

/** Of what is claimed, and of what mirrors are told. */
export const nameOf = ({ owner, id }: SessionKey): string => `session ${owner} ${id}`

/** Undefined if it is not the name of a session. An owner may have a space in it, an id has none. */
export const keyOfName = (name: string): SessionKey | undefined => {
  const { owner, id } = /^session (?<owner>.+) (?<id>\S+)$/s.exec(name)?.groups ?? {}
  return owner === undefined || id === undefined ? undefined : { owner, id }
}

/** The session has moved, and it is known to whom. */
export class OwnedElsewhere extends GatewayError {
  readonly owner: string
  constructor(owner: string) {
    const { code, message, vendorCode = '', retryAfterMs = 0 } = moved()
    super(code, message, { vendorCode, retryAfterMs })
    this.owner = owner
  }
}
