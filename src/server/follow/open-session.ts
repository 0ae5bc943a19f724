/** Opens a session for one connection of a dialect. */
import {
  type Chat,
  type Dialect,
  type DialectConnection,
  type JoinedSession,
  loadJudges,
  readSessionId,
  type Visitor,
} from '#chat'
import type { SessionMessage } from '#model'
import { type Position, writePosition } from '#runs'
import { readAskedPosition } from './asked-position.ts'
import type { Places } from './places.ts'

export interface OpenSession {
  readonly joined: JoinedSession
  readonly connection: DialectConnection
  /** The events after it are to be sent. */
  readonly from: Position
  /** The branch that models see, if the dialect shows no other. */
  readonly branch: readonly SessionMessage[]
  /** What the client is sent first. Undefined: it names a position. */
  readonly history: readonly SessionMessage[] | undefined
  /** Called once, when the connection has ended. */
  leave(): void
}

export interface SessionWish {
  readonly dialect: Dialect
  /** Undefined: a session is made. */
  readonly id: string | undefined
  readonly creates: boolean
  /** Whether the connection is a WebSocket. */
  readonly isSocket: boolean
  /** As the client wrote it. Undefined: it has nothing yet. */
  readonly position: string | undefined
}

/** @throws GatewayError */
export const openSession = async (
  { chat, places }: { readonly chat: Chat; readonly places: Places },
  visitor: Visitor,
  { dialect, id, creates, isSocket, position }: SessionWish,
): Promise<OpenSession> => {
  const asked = position === undefined ? undefined : readAskedPosition(position)
  const known = id === undefined ? {} : { id: readSessionId(id) }
  const releases = isSocket ? [await places.takeOfOwner(visitor.caller)] : []
  const leave = (): void => {
    for (const release of releases.splice(0)) release()
  }
  try {
    await loadJudges()
    const joined = await chat.join(visitor, { ...known, creates })
    releases.push(() => joined.leave())
    releases.push(await places.takeOfSession(visitor.caller, joined.id))
    const { position: from, messages: history } = asked
      ? { position: asked, messages: [] }
      : await joined.snapshot()
    const connection = dialect.open({
      id: joined.id,
      isNew: joined.isNew,
      position: writePosition(from),
      head: joined.head,
      activeRun: runOf(history) ?? joined.activeRun,
      history,
      resumes: asked !== undefined,
    })
    const isLacking = asked && connection.shows === 'one branch'
    const branch = isLacking ? (await joined.snapshot()).messages : history
    return { joined, connection, from, branch, history: asked ? undefined : history, leave }
  } catch (thrown) {
    leave()
    throw thrown
  }
}

/** The run whose answer the client is shown in part. It may have ended since: then its end is what follows. */
const runOf = (history: readonly SessionMessage[]): string | undefined =>
  history.findLast(({ status }) => status === 'running')?.run_id
