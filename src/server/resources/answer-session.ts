/** Answers requests about sessions, by what they ask for. */
import {
  loadJudges,
  MAX_LISTED_SESSIONS,
  readSessionId,
  type SessionResources,
  type Visitor,
} from '#chat'
import { type CommandOutcome, GatewayError, type JsonObject, type SessionCommand } from '#model'
import { toByteString } from '#streams'
import type { Visit } from '../serving/visit.ts'
import { sendAnswer, sendJson } from '../http/send-answer.ts'
import type { SessionDoors } from '../follow/session-doors.ts'
import { streamEvents } from '../sse/stream-events.ts'
import { streamRun } from '../sse/stream-run.ts'
import type { SessionAction, SessionRoute } from '../routes/route.ts'
import { answerChat } from './answer-chat.ts'
import { PARAMETERS } from './parameters.ts'
import { readJsonBody } from './read-json-body.ts'
import { readAsked } from './read-asked.ts'
import { sendContent } from '../uploads/send-content.ts'
import { withUploadedFile } from '../uploads/uploaded-file.ts'

/** One request. */
interface Asked {
  readonly route: SessionRoute
  readonly visit: Visit
  readonly doors: SessionDoors
  readonly resources: SessionResources
  readonly visitor: Visitor
}

type Answering = (asked: Asked) => Promise<void>

export const answerSession = async (route: SessionRoute, visit: Visit): Promise<void> => {
  const { sessions: doors, request, caller, network, requestId } = visit
  if (!doors) throw new GatewayError('not_found', 'There are no sessions here.')
  await ANSWERS[route.action]({
    route,
    visit,
    doors,
    resources: doors.chat.resources,
    visitor: { caller, network, requestId, route: `${request.method} ${route.name}` },
  })
}

const ID = /^[A-Za-z0-9_.:-]{1,128}$/

/** What cannot be an id is the id of nothing. */
const idOf = ({ route }: Asked, part: 'message_id' | 'run_id' | 'upload_id'): string => {
  const id = route.ids[part] ?? ''
  if (ID.test(id)) return id
  throw new GatewayError('not_found', `There is no ${part.replace('_id', '')} of this id.`, {
    param: part,
  })
}

const sessionOf = ({ route }: Asked): string => readSessionId(route.ids.session_id ?? '')

const answer = ({ visit }: Asked, status: number, body: object): void =>
  sendJson(visit.response, status, visit.headers, body as JsonObject, visit)

const answerNothing = ({ visit: { response, headers } }: Asked): void => {
  if (response.destroyed) return
  response.writeHead(204, [...headers])
  response.end()
}

/** A command that was given without a connection. */
const give = async (asked: Asked, command: SessionCommand): Promise<void> => {
  const joined = await asked.doors.chat.join(asked.visitor, {
    id: sessionOf(asked),
    creates: false,
  })
  let outcome: CommandOutcome
  try {
    outcome = await joined.command(command, asked.visitor)
  } finally {
    joined.leave()
  }
  const isBegun = outcome.status === 'started' || outcome.status === 'queued'
  answer(asked, isBegun ? 202 : 200, outcome)
}

type CommandBody = Parameters<Awaited<ReturnType<typeof loadJudges>>['readCommandBody']>[0]

/** @param more what the path says, and what holds for all that is posted. */
const giveBody =
  (type: CommandBody, more: (asked: Asked) => object = () => ({})): Answering =>
  async (asked) => {
    const { readCommandBody } = await loadJudges()
    const body = readCommandBody(type, await readJsonBody(asked.visit))
    await give(asked, { type, ...body, ...more(asked) } as unknown as SessionCommand)
  }

const ofMessage = (asked: Asked) => ({ message_id: idOf(asked, 'message_id') })

const readBody = async (
  { visit }: Asked,
  kind: Parameters<Awaited<ReturnType<typeof loadJudges>>['readSessionBody']>[0],
): Promise<JsonObject> => {
  const { readSessionBody } = await loadJudges()
  return readSessionBody(kind, await readJsonBody(visit))
}

const ANSWERS: Readonly<Record<SessionAction, Answering>> = {
  async list(asked) {
    const query = readAsked(asked.visit.query, PARAMETERS.list, MAX_LISTED_SESSIONS)
    answer(asked, 200, await asked.resources.list(asked.visitor, query))
  },
  async create(asked) {
    const body = await readBody(asked, 'create')
    if (typeof body.id === 'string') readSessionId(body.id)
    answer(asked, 201, await asked.resources.create(asked.visitor, body))
  },
  async read(asked) {
    answer(asked, 200, await asked.resources.read(asked.visitor, sessionOf(asked)))
  },
  async patch(asked) {
    const id = sessionOf(asked)
    const body = await readBody(asked, 'patch')
    answer(asked, 200, await asked.resources.patch(asked.visitor, id, body))
  },
  async delete(asked) {
    await asked.resources.delete(asked.visitor, sessionOf(asked))
    answerNothing(asked)
  },
  async messages(asked) {
    const id = sessionOf(asked)
    const query = readAsked(asked.visit.query, PARAMETERS.messages)
    answer(asked, 200, await asked.resources.messages(asked.visitor, id, query))
  },
  // It runs on without a connection, whatever the session says.
  send: giveBody('message', () => ({ on_disconnect: 'continue' })),
  edit: giveBody('edit', ofMessage),
  regenerate: giveBody('regenerate', ofMessage),
  async dequeue(asked) {
    await give(asked, { type: 'dequeue', message_id: idOf(asked, 'message_id') })
  },
  clear: giveBody('clear_history'),
  async extend(asked) {
    const id = sessionOf(asked)
    const body = await readBody(asked, 'extend')
    answer(asked, 200, await asked.resources.extend(asked.visitor, id, body))
  },
  async fork(asked) {
    const id = sessionOf(asked)
    const body = await readBody(asked, 'fork')
    answer(asked, 201, await asked.resources.fork(asked.visitor, id, body))
  },
  cancel: giveBody('cancel'),
  continue: giveBody('continue'),
  choose: giveBody('choose'),
  export: async (asked) => exportSession(asked),
  async runs(asked) {
    answer(asked, 200, await asked.resources.runs(asked.visitor, sessionOf(asked)))
  },
  async prompt(asked) {
    const { visitor, resources } = asked
    const prompt = await resources.prompt(visitor, sessionOf(asked), idOf(asked, 'run_id'))
    answer(asked, 200, prompt)
  },
  async events({ visit, doors, visitor, route }) {
    await streamEvents(visit, doors, visitor, route.ids.session_id ?? '')
  },
  stream: ({ visit, doors, visitor }) => streamRun(visit, doors, visitor),
  chat: ({ visit, doors, visitor }) => answerChat(visit, doors, visitor),
  async upload(asked) {
    const { visit, visitor, doors } = asked
    const upload = await withUploadedFile(visit, (file) =>
      doors.chat.uploads.receive(visitor, file),
    )
    answer(asked, 201, upload)
  },
  async 'read-upload'(asked) {
    const { doors, visitor } = asked
    answer(asked, 200, await doors.chat.uploads.read(visitor, idOf(asked, 'upload_id')))
  },
  async 'upload-content'(asked) {
    const { visit, doors, visitor } = asked
    await sendContent(visit, await doors.chat.uploads.content(visitor, idOf(asked, 'upload_id')))
  },
  async 'delete-upload'(asked) {
    await asked.doors.chat.uploads.delete(asked.visitor, idOf(asked, 'upload_id'))
    answerNothing(asked)
  },
  async ticket(asked) {
    await readBody(asked, 'nothing')
    const { caller, presented } = asked.visit
    const { ticket, expiresAt } = asked.doors.tickets.give(caller, presented)
    answer(asked, 201, { ticket, expires_at: new Date(expiresAt).toISOString() })
  },
  async costs(asked) {
    const id = readAsked(asked.visit.query, PARAMETERS.costs).get('session_id')
    const session = id === null ? undefined : readSessionId(id)
    answer(asked, 200, await asked.resources.costs(asked.visitor, session))
  },
  async 'reset-costs'(asked) {
    await readBody(asked, 'nothing')
    answer(asked, 200, await asked.resources.resetCosts(asked.visitor))
  },
}

const FORMATS = {
  json: { type: 'application/json', ending: 'json' },
  markdown: { type: 'text/markdown; charset=utf-8', ending: 'md' },
} as const

const isFormat = (format: string): format is keyof typeof FORMATS => Object.hasOwn(FORMATS, format)

const exportSession = async (asked: Asked): Promise<void> => {
  const { visit, visitor, resources } = asked
  const id = sessionOf(asked)
  const format = readAsked(visit.query, PARAMETERS.export).get('format') ?? 'json'
  if (!isFormat(format))
    throw new GatewayError('invalid_request', "'format' must be json or markdown.", {
      param: 'format',
    })
  const { type, ending } = FORMATS[format]
  const text = await resources.export(visitor, id, format)
  const headers = [
    'content-type',
    type,
    'content-disposition',
    `attachment; filename="${id.replaceAll(':', '_')}.${ending}"`,
    'x-content-type-options',
    'nosniff',
  ]
  const body = toByteString(text)
  sendAnswer(visit.response, { status: 200, headers, body }, visit.headers, visit)
}
