/** The canonical dialect: the events of the log as they are, with their stamps. */
import { type LogEvent, type StampedEvent, toEventError } from '#model'
import { loadedJudges } from '../schema/load-judges.ts'
import { toNothingToCancel } from './frames/nothing-to-cancel.ts'
import type { Dialect, DialectConnection, DialectSession, Frame } from './dialect.ts'

export const canonical: Dialect = {
  name: 'canonical',
  open: (session): DialectConnection => ({
    greet: () => greet(session),
    encode: (sent) => (sent.seq === undefined ? [toFrame(sent.event)] : shared(sent, session.id)),
    decode: (text) => loadedJudges().readCommand(text),
    fail: (error, runId) => [
      toFrame({
        type: 'error',
        error: toEventError(error),
        ...(runId !== undefined && { run_id: runId }),
      }),
    ],
    leave: (position, reason) => [toFrame({ type: 'going_away', position, reason })],
    pong: () => [PONG],
    shows: 'all branches',
    nothingToCancel: (runId) => [toFrame(toNothingToCancel(runId))],
  }),
}

type Body = Readonly<Record<string, unknown>> & { readonly type: string }

const toFrame = (body: Body): Frame => ({
  text: JSON.stringify(body),
  name: body.type,
})

const PONG = toFrame({ type: 'pong' })

const greet = (session: DialectSession): readonly Frame[] => {
  const { id, isNew, position, head, activeRun, history } = session
  const connected = toFrame({
    type: 'connected',
    session_id: id,
    message: isNew ? 'The session was made.' : 'The session is open.',
    position,
    head,
    ...(activeRun !== undefined && { active_run: activeRun }),
  })
  if (history.length === 0) return [connected]
  return [connected, toFrame({ type: 'history', messages: history, position })]
}

/** All readers of a session are sent an event at nearly the same time. Later ones are few, and have it written again. */
const SHARED = 64

/** By the last digits of their numbers. */
const written: { readonly sent: StampedEvent; readonly frames: readonly [Frame] }[] = []

const shared = (sent: StampedEvent, sessionId: string): readonly [Frame] => {
  const place = sent.seq % SHARED
  const known = written[place]
  if (known?.sent === sent) return known.frames
  const frames = [write(sent, sessionId)] as const
  written[place] = { sent, frames }
  return frames
}

/** Most events are pieces of text, which differ in little: these are joined from their parts. */
const write = (sent: StampedEvent, sessionId: string): Frame => {
  const { event } = sent
  return { text: `${writeBody(event)}${writeStamp(sent, sessionId)}`, name: event.type }
}

const writeBody = (event: LogEvent): string => {
  switch (event.type) {
    case 'token':
      return `{"type":"token","run_id":"${event.run_id}","part":${event.part},"token":${JSON.stringify(event.token)},"token_count":${event.token_count},"cost":${event.cost}`
    case 'reasoning':
      return `{"type":"reasoning","run_id":"${event.run_id}","part":${event.part},"token":${JSON.stringify(event.token)}`
    default:
      return JSON.stringify(event).slice(0, -1)
  }
}

const writeStamp = ({ seq, epoch, at }: StampedEvent, sessionId: string): string =>
  `,"seq":${seq},"epoch":${epoch},"at":"${toTime(at)}","session_id":"${sessionId}"}`

/** The time that was written last, which many events have in common. */
let lastAt = -1
let lastTime = ''

const toTime = (at: number): string => {
  if (at !== lastAt) {
    lastAt = at
    lastTime = new Date(at).toISOString()
  }
  return lastTime
}
