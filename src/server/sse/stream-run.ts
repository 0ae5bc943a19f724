/** `/chat/stream`: asks and streams the answer, or reads on in an answer that was asked for before. */
import {
  ANY_RUN,
  chatStream,
  type ChatQuestion,
  loadJudges,
  readChatQuestion,
  readSessionId,
  readStreamPlace,
  type StreamPlace,
  type Visitor,
} from '#chat'
import { type CommandOutcome, GatewayError } from '#model'
import { type Position, readPosition, writePosition } from '#runs'
import { readAskedPosition } from '../follow/asked-position.ts'
import { type OpenSession, openSession } from '../follow/open-session.ts'
import type { SessionDoors } from '../follow/session-doors.ts'
import { PARAMETERS } from '../resources/parameters.ts'
import { readAsked } from '../resources/read-asked.ts'
import { readJsonBody } from '../resources/read-json-body.ts'
import { endWithKey } from '../serving/end-with-key.ts'
import type { Visit } from '../serving/visit.ts'
import { streamSession } from './session-stream.ts'

/** Rejects with a GatewayError. */
export const streamRun = async (
  visit: Visit,
  doors: SessionDoors,
  visitor: Visitor,
): Promise<void> => {
  const { request, response, headers, memory, caller } = visit
  const place = readPlace(visit)
  const opened = place ? await readOn(place, doors, visitor) : await ask(visit, doors, visitor)
  if (response.destroyed) return opened?.leave()
  if (!opened) {
    response.writeHead(204, [...headers])
    return void response.end()
  }
  const stream = streamSession({ doors, request, response, headers, memory, caller }, opened, {
    isNamed: false,
  })
  endWithKey(visit, stream.cut)
}

/** From where to read on. Undefined: a message is to be answered. */
const readPlace = ({ request, query }: Visit): StreamPlace | undefined => {
  // A browser that connects again asks for the same URL. The message must not be run again.
  const last = request.headers['last-event-id']
  if (typeof last === 'string' && last !== '') {
    const place = readStreamPlace(last)
    if (place) return place
    throw noPlace()
  }
  const asked = new URLSearchParams(query)
  if (request.method === 'POST' || !asked.has('position')) return undefined
  const { session_id: id = '', position = '' } = Object.fromEntries(
    readAsked(query, ['session_id', 'position', 'ticket']),
  )
  return {
    sessionId: readSessionId(id),
    about: ANY_RUN,
    position: readAskedPosition(position),
  }
}

const ask = async (visit: Visit, doors: SessionDoors, visitor: Visitor): Promise<OpenSession> => {
  const { sessionId: id, command } = await readQuestion(visit)
  const opened = await openSession(doors, visitor, {
    dialect: chatStream(''),
    id,
    creates: true,
    position: NOTHING_YET,
    isSocket: false,
  })
  try {
    return followOutcome(opened, await opened.joined.command(command, visitor))
  } catch (thrown) {
    opened.leave()
    throw thrown
  }
}

/** The events are read from where the command says. */
const NOTHING_YET = '0.0'

const followOutcome = (
  opened: OpenSession,
  { run_id, message_id, position }: CommandOutcome,
): OpenSession => {
  const { id, isNew, head, activeRun } = opened.joined
  const connection = chatStream(run_id ?? message_id ?? '').open({
    id,
    isNew,
    position,
    head,
    activeRun,
    history: [],
  })
  return { ...opened, connection, from: readPosition(position) ?? opened.from }
}

const readQuestion = async (visit: Visit): Promise<ChatQuestion> => {
  await loadJudges()
  if (visit.request.method === 'POST') return readChatQuestion(await readJsonBody(visit))
  // The page could not read the answer, but it would be paid for.
  if (visit.request.headers['sec-fetch-site'] === 'cross-site') throw crossSite()
  return readChatQuestion(Object.fromEntries(readAsked(visit.query, PARAMETERS.stream)))
}

/** Undefined if nothing is left to read. */
const readOn = async (
  { sessionId: id, about, position }: StreamPlace,
  doors: SessionDoors,
  visitor: Visitor,
): Promise<OpenSession | undefined> => {
  const dialect = chatStream(about)
  const wish = { dialect, id, creates: false, position: writePosition(position), isSocket: false }
  const opened = await openSession(doors, visitor, wish)
  try {
    if (await isLeft(opened, about, position)) {
      // What looked ahead has read the same events.
      return { ...opened, connection: reopen(opened, about, position) }
    }
  } catch (thrown) {
    opened.leave()
    throw thrown
  }
  opened.leave()
  return undefined
}

/** Whether anything of the run comes after the position, or may come. */
const isLeft = async (
  { joined, connection }: OpenSession,
  about: string,
  position: Position,
): Promise<boolean> => {
  const { activeRun } = joined
  if (activeRun !== undefined && (about === ANY_RUN || about === activeRun)) return true
  let found = false
  const following = await joined.follow(position, {
    take(events) {
      found ||= events.some((event) => connection.encode(event).length > 0)
      return true
    },
    end: () => undefined,
  })
  following.stop()
  // A message that waits has no run yet.
  return found || isMessage(about)
}

const reopen = ({ joined }: OpenSession, about: string, position: Position) =>
  chatStream(about).open({
    id: joined.id,
    isNew: false,
    position: writePosition(position),
    head: joined.head,
    activeRun: joined.activeRun,
    history: [],
    resumes: true,
  })

const isMessage = (about: string): boolean => about !== ANY_RUN && !about.startsWith('run_')

const crossSite = (): GatewayError =>
  new GatewayError('forbidden', 'A page of another site starts no answer by GET. Use POST.')

const noPlace = (): GatewayError =>
  new GatewayError('invalid_request', "'Last-Event-ID' must be an id that was sent before.", {
    param: 'last-event-id',
    vendorCode: 'invalid_position',
  })
