/** Describes a route of sessions in OpenAPI. */
import type { JsonObject } from '#model'
import type { SessionAction } from '../../routes/route.ts'
import type { AnswerDescription, Description } from './description.ts'
import { toErrors } from './errors.ts'
import { inPath, inQuery } from './parameters.ts'
import { SESSIONS } from './session-descriptions.ts'
import { writeCurl } from './write-curl.ts'

export type SessionGroup =
  | 'Sessions'
  | 'Messages'
  | 'Runs'
  | 'Ask and read'
  | 'Uploads'
  | 'Costs'
  | 'Tickets'

const GROUP_OF: Readonly<Record<SessionAction, SessionGroup>> = {
  list: 'Sessions',
  create: 'Sessions',
  read: 'Sessions',
  patch: 'Sessions',
  delete: 'Sessions',
  extend: 'Sessions',
  fork: 'Sessions',
  export: 'Sessions',
  messages: 'Messages',
  send: 'Messages',
  edit: 'Messages',
  regenerate: 'Messages',
  dequeue: 'Messages',
  clear: 'Messages',
  choose: 'Messages',
  cancel: 'Runs',
  continue: 'Runs',
  runs: 'Runs',
  prompt: 'Runs',
  events: 'Ask and read',
  stream: 'Ask and read',
  chat: 'Ask and read',
  upload: 'Uploads',
  'read-upload': 'Uploads',
  'upload-content': 'Uploads',
  'delete-upload': 'Uploads',
  ticket: 'Tickets',
  costs: 'Costs',
  'reset-costs': 'Costs',
}

export const describeSession = (
  action: SessionAction,
  method: string,
  path: string,
): JsonObject => {
  const described = SESSIONS[action]
  const isGet = method === 'GET'
  const body = isGet ? undefined : described.body
  const query = isGet ? inQuery(action) : []
  const isStream = described.answers[200]?.types?.includes('text/event-stream') ?? false
  const parameters = [...inPath(path), ...query, ...(isStream ? [LAST_EVENT_ID] : [])]
  return {
    tags: [GROUP_OF[action]],
    operationId: toOperationId(described.summary, isGet && described.body !== undefined),
    summary: described.summary,
    ...(described.details !== undefined && { description: described.details }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: toBody(body, described) }),
    ...(described.takesFile && { requestBody: FILE_BODY }),
    responses: {
      ...Object.fromEntries(
        Object.entries(described.answers).map(([status, answer]) => [status, toAnswer(answer)]),
      ),
      ...toErrors(statusesOf(described, path, body !== undefined)),
      ...(described.takesFile && toErrors([413, 415])),
    },
    ...(described.socket && toSocket(described.socket, described.answers[200]?.events ?? '')),
    'x-codeSamples': [
      {
        lang: 'Shell',
        source: writeCurl({
          method,
          path,
          asks: isGet ? (described.asks ?? {}) : {},
          body: body && described.example,
          isStream,
          needsKey: true,
          takesFile: described.takesFile,
        }),
      },
    ],
  }
}

const LAST_EVENT_ID: JsonObject = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'The last `id` that was received. Browsers send it when they connect again.',
  schema: { type: 'string' },
}

/** `Create a session` -> `createASession` */
const toOperationId = (summary: string, isSecond: boolean): string =>
  summary
    .split(' ')
    .map((word, at) => (at === 0 ? word.toLowerCase() : word.replace(/^./, (c) => c.toUpperCase())))
    .join('') + (isSecond ? 'ByGet' : '')

const toBody = (name: string, { example }: Description): JsonObject => ({
  required: name !== 'Nothing',
  content: {
    'application/json': {
      schema: toReference(name),
      ...(example !== undefined && { example }),
    },
  },
})

/** Its type is found in its bytes. */
const FILE_BODY: JsonObject = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['file'],
        properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' } },
      },
    },
    'application/octet-stream': {},
  },
}

const toReference = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` })

/** OpenAPI 3.1 cannot say what the events of a stream are, and has no WebSockets. Fields of our own may refer to schemas. */
const toSocket = ({ path, sends }: NonNullable<Description['socket']>, receives: string) => ({
  'x-websocket': { path, sends: toReference(sends), receives: toReference(receives) },
})

const toAnswer = ({ text, schema, types, events }: AnswerDescription): JsonObject => {
  if (!schema && !types) return { description: text }
  const content = (types ?? ['application/json']).map((type) => [
    type,
    {
      schema: schema && type === 'application/json' ? toReference(schema) : { type: 'string' },
      ...(events !== undefined && { 'x-event-schema': toReference(events) }),
    },
  ])
  return { description: text, content: Object.fromEntries(content) as JsonObject }
}

const statusesOf = ({ runs }: Description, path: string, hasBody: boolean): readonly number[] => [
  400,
  401,
  403,
  ...(path.includes('{') || runs ? [404] : []),
  ...(hasBody ? [409, 413] : []),
  429,
  503,
]
