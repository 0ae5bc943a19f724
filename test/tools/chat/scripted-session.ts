/** A session in memory that any dialect reads: its log, what a reader of a position is sent, and its history. */
import type { LogEvent, SentEvent, SessionMessage, StampedEvent } from '#model'
import { type Dialect, type DialectSession, type Frame } from '#chat'

export interface ScriptedSession {
  readonly log: readonly StampedEvent[]
  /** What a dialect is told when a connection is opened behind this many events. */
  opened(behind: number, resumes?: boolean): DialectSession
  /** What a reader with this position is sent, up to this many events of the log. */
  after(position: string, upTo?: number): readonly SentEvent[]
  snapshot(behind: number): SentEvent
}

const EPOCH = 1

export const scriptedSession = (events: readonly LogEvent[]): ScriptedSession => {
  const log = events.map((event, place) => ({ seq: place + 1, epoch: EPOCH, at: place, event }))
  const positionAt = (behind: number): string => `${EPOCH}.${behind}`

  return {
    log,
    opened: (behind, resumes = false) => {
      const { messages, activeRun } = foldMessages(log.slice(0, behind))
      return {
        id: 'room-1',
        isNew: behind === 0,
        position: positionAt(behind),
        head: messages.at(-1)?.message_id ?? null,
        activeRun,
        history: messages,
        resumes,
      }
    },
    after: (position, upTo = log.length) => {
      const [, seq] = position.split('.').map(Number)
      return log.slice(seq, upTo)
    },
    snapshot: (behind) => ({
      event: {
        type: 'snapshot',
        messages: foldMessages(log.slice(0, behind)).messages,
        position: positionAt(behind),
      },
    }),
  }
}

interface FoldedMessages {
  readonly messages: readonly SessionMessage[]
  readonly activeRun: string | undefined
}

const CREATED_AT = '2026-11-29T12:00:00.000Z'

/** All messages in the order in which they came, as the owner of the log has folded them. */
export const foldMessages = (log: readonly StampedEvent[]): FoldedMessages => {
  let messages: SessionMessage[] = []
  let activeRun: string | undefined
  const change = (
    runId: string,
    by: (message: SessionMessage) => Partial<SessionMessage>,
  ): void => {
    messages = messages.map((each) => (each.run_id === runId ? { ...each, ...by(each) } : each))
  }
  for (const { event } of log)
    switch (event.type) {
      case 'user_message':
        messages.push({
          message_id: event.message_id,
          parent_id: event.parent_id,
          role: 'user',
          content: event.content,
          parts: [],
          status: 'done',
          created_at: CREATED_AT,
        })
        break
      case 'run_start':
        activeRun = event.run_id
        messages.push({
          message_id: event.message_id,
          parent_id: event.parent_id,
          role: 'assistant',
          content: '',
          parts: [],
          status: 'running',
          model: event.model,
          run_id: event.run_id,
          created_at: CREATED_AT,
        })
        break
      case 'token':
        change(event.run_id, ({ content }) => ({ content: content + event.token }))
        break
      case 'run_end':
        activeRun = undefined
        change(event.run_id, () => ({
          content: event.result,
          status: event.status,
          cost_summary: event.cost_summary,
        }))
        break
      case 'history_cleared':
        messages = []
        break
    }
  return { messages, activeRun }
}

/** Pieces of one text that waited for a slow reader, in one event each. */
export const joinTokens = (events: readonly SentEvent[]): readonly SentEvent[] => {
  const joined: SentEvent[] = []
  for (const sent of events) {
    const last = joined.at(-1)
    const isJoined =
      last?.seq !== undefined &&
      sent.seq !== undefined &&
      last.event.type === 'token' &&
      sent.event.type === 'token' &&
      last.event.run_id === sent.event.run_id
    if (!isJoined) joined.push(sent)
    else {
      const token = last.event.token + sent.event.token
      joined[joined.length - 1] = { ...sent, event: { ...sent.event, token } }
    }
  }
  return joined
}

/** The frames of one connection, from its opening. */
export const framesOf = (
  dialect: Dialect,
  session: DialectSession,
  events: readonly SentEvent[],
): readonly Frame[] => {
  const connection = dialect.open(session)
  return [...connection.greet(), ...events.flatMap((event) => connection.encode(event))]
}
