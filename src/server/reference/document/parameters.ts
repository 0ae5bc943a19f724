/** The parameters of paths and queries. A new one is a mistake of types here until it is described. */
import { MAX_LISTED_MESSAGES, MAX_LISTED_SESSIONS } from '#chat'
import type { JsonObject } from '#model'
import { type Asking, type ParameterName, PARAMETERS } from '../../resources/parameters.ts'
import type { SessionIds } from '../../routes/route.ts'

const ID = { type: 'string', pattern: '^[A-Za-z0-9_.:-]{1,128}$' }
const TEXT = { type: 'string', maxLength: 1024 }

interface ParameterDescription {
  readonly description: string
  readonly schema: JsonObject
}

const IN_QUERY: Readonly<Record<ParameterName, ParameterDescription>> = {
  search: { description: 'Words in titles and messages.', schema: TEXT },
  cursor: { description: 'The `next_cursor` of the page before.', schema: TEXT },
  limit: {
    description: 'How many at most.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_LISTED_MESSAGES },
  },
  before: { description: 'The `next_before` of the page before.', schema: ID },
  branches: {
    description: '`all`: not only the branch that models see.',
    schema: { enum: ['all'] },
  },
  format: {
    description: 'The format of the file.',
    schema: { enum: ['json', 'markdown'], default: 'json' },
  },
  session_id: { description: 'The id of a session.', schema: ID },
  position: { description: 'Events after this position. Absent: from now on.', schema: TEXT },
  ticket: { description: 'A ticket, in place of a key.', schema: TEXT },
  message: { description: 'The question.', schema: TEXT },
  content: { description: 'Another name of `message`.', schema: TEXT },
  model: { description: 'A model or alias.', schema: TEXT },
  client_message_id: {
    description: 'Made by the client. A message that comes again with it is not run again.',
    schema: TEXT,
  },
  when_busy: {
    description: 'While a run is in progress, the message waits, is refused, or cancels the run.',
    schema: { enum: ['queue', 'reject', 'interrupt'] },
  },
  on_disconnect: {
    description: 'Whether the run ends with the connection that started it.',
    schema: { enum: ['continue', 'cancel'] },
  },
}

/** Pages of sessions are smaller than those of messages. */
const SMALLER: Readonly<Partial<Record<Asking, JsonObject>>> = {
  list: {
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: MAX_LISTED_SESSIONS,
      default: MAX_LISTED_SESSIONS,
    },
  },
}

const IN_PATH: Readonly<Record<keyof SessionIds, string>> = {
  session_id: 'The id of the session.',
  message_id: 'The id of a message of the session.',
  run_id: 'The id of a run of the session.',
  upload_id: 'The id of an upload.',
}

export const inQuery = (action: string): readonly JsonObject[] =>
  isAsking(action)
    ? PARAMETERS[action].map((name) => ({
        name,
        in: 'query',
        ...IN_QUERY[name],
        ...(SMALLER[action]?.[name] ? { schema: SMALLER[action][name] } : {}),
      }))
    : []

const isAsking = (action: string): action is Asking => Object.hasOwn(PARAMETERS, action)

export const inPath = (path: string): readonly JsonObject[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: Object.hasOwn(IN_PATH, name) ? IN_PATH[name as keyof SessionIds] : `The ${name}.`,
    schema: Object.hasOwn(IN_PATH, name) ? ID : { type: 'string' },
  }))
