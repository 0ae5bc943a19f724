/** The canonical events and commands of a session. The types of the vocabulary hold their fields, and that none is missing. */
import * as z from 'zod'
import type { LogEvent, Stamp } from '#model'
import { FRAME_FIELDS } from '../command-fields.ts'
import { attachment, costSummary, eventError, id, message, position, time } from './parts.ts'

/** On the wire. */
type Sent<Event> = Event & Omit<Stamp, 'at'> & { readonly at: string; readonly session_id: string }

const count = z.int().min(0)

const STAMP = {
  seq: count.describe('Rises by one without gaps.'),
  epoch: count,
  at: time,
  session_id: id,
}

const inLog = <Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) =>
  z.object({ type: z.literal(type), ...fields, ...STAMP })

const ofRun = <Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) =>
  inLog(type, { run_id: id, ...fields })

const forReader = <Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) =>
  z.object({ type: z.literal(type), ...fields })

const cost = z
  .number()
  .min(0)
  .nullable()
  .describe('US dollars, of the run so far. It never falls. Null: no price is known.')

const LOG_EVENTS = {
  user_message: inLog('user_message', {
    message_id: id,
    parent_id: id.nullable(),
    content: z.string(),
    client_message_id: z.string().exactOptional(),
    user: z.string().exactOptional(),
    attachments: z.array(z.object(attachment)).exactOptional(),
    metadata: z.looseObject({}).exactOptional(),
  }),
  queued: inLog('queued', {
    message_id: id,
    client_message_id: z.string().exactOptional(),
    content: z.string(),
    attachments: z.array(z.object(attachment)).exactOptional(),
    place: z.int().min(1).describe('1 is next.'),
  }),
  dequeued: inLog('dequeued', { message_id: id }),
  run_start: ofRun('run_start', {
    message_id: id.describe('That of the answer.'),
    parent_id: id.nullable().describe('That of the message that is answered.'),
    model: z.string(),
    continues: id.exactOptional().describe('The run whose answer this one goes on with.'),
  }),
  llm_start: ofRun('llm_start', {
    step: count,
    model: z.string(),
    target: z.string().describe('`provider/model`'),
  }),
  part_start: ofRun('part_start', { part: count, kind: z.enum(['text', 'reasoning', 'refusal']) }),
  token: ofRun('token', {
    part: count,
    token: z.string(),
    token_count: count.describe('Of the run so far, an estimate until its end.'),
    cost,
  }),
  reasoning: ofRun('reasoning', { part: count, token: z.string() }),
  citation: ofRun('citation', {
    index: count,
    title: z.string().exactOptional(),
    url: z.string().exactOptional(),
    quote: z.string().exactOptional(),
    start: count.exactOptional(),
    end: count.exactOptional(),
  }),
  llm_end: ofRun('llm_end', { step: count, cost_summary: costSummary }),
  run_end: ofRun('run_end', {
    message_id: id,
    status: z.enum(['done', 'cancelled', 'interrupted', 'failed']),
    result: z.string().describe('The complete text of the answer.'),
    finish_reason: z.string().nullable(),
    cost_summary: costSummary,
    error: eventError.extend({ code: z.string() }).exactOptional(),
  }),
  session_updated: inLog('session_updated', {
    title: z.string().nullable().exactOptional(),
    system_prompt: z.string().nullable().exactOptional(),
    model: z.string().nullable().exactOptional(),
    keep: z.boolean().exactOptional(),
    expires_at: time.nullable().exactOptional(),
    metadata: z.looseObject({}).exactOptional(),
  }),
  head: inLog('head', { message_id: id.nullable() }),
  history_cleared: inLog('history_cleared', {}),
} as const satisfies {
  readonly [Type in LogEvent['type']]: z.ZodType<Sent<Extract<LogEvent, { readonly type: Type }>>>
}

const messages = z.array(message).describe('The branch that models see.')

const READER_EVENTS = {
  connected: forReader('connected', {
    session_id: id,
    message: z.string(),
    position,
    head: id.nullable(),
    active_run: id.exactOptional(),
  }),
  history: forReader('history', { messages, position }),
  snapshot: forReader('snapshot', { messages, position }),
  rewind: forReader('rewind', { to: position }),
  error: forReader('error', { error: eventError, run_id: id.exactOptional() }),
  going_away: forReader('going_away', { position, reason: z.string() }),
  nothing_to_cancel: forReader('nothing_to_cancel', { run_id: id.exactOptional() }),
  pong: forReader('pong', {}),
} as const

const unionOf = (schemas: Readonly<Record<string, z.ZodType>>) =>
  z.union(Object.values(schemas) as [z.ZodType, ...z.ZodType[]])

const toName = (type: string, suffix: string): string =>
  `${type.replaceAll(/(?:^|_)(\w)/g, (_, first: string) => first.toUpperCase())}${suffix}`

const named = (
  schemas: Readonly<Record<string, z.ZodType>>,
  suffix: string,
): Readonly<Record<string, z.ZodType>> =>
  Object.fromEntries(Object.entries(schemas).map(([type, each]) => [toName(type, suffix), each]))

const COMMANDS: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(
    Object.entries(FRAME_FIELDS).map(([type, fields]) => [
      type,
      fields.extend({ type: z.literal(type) }),
    ]),
  ),
  auth: z.strictObject({ type: z.literal('auth'), key: z.string() }),
}

const EVENTS = { ...LOG_EVENTS, ...READER_EVENTS }

/** `TokenEvent`, `RunEndEvent` and the others. */
export const EVENT_SCHEMAS = named(EVENTS, 'Event')
/** `CancelCommand` and the others. */
export const COMMAND_SCHEMAS = named(COMMANDS, 'Command')

export const sessionEvent = unionOf(EVENTS).describe(
  'By `type`. Those with `seq` and `epoch` are of the log. A client ignores types that it does not know.',
)
export const sessionCommand = unionOf(COMMANDS).describe(
  'By `type`. `chat` is another name of `message`, and `message` of its field `content`.',
)
