/** The schemas of bodies and answers in JSON Schema 2020-12, from those that judge the bodies. */
import * as z from 'zod'
import type { JsonObject } from '#model'
import { BODY_FIELDS, FRAME_FIELDS } from '../command-fields.ts'
import { idSchema } from '../scalars.ts'
import {
  createSchema,
  emptySchema,
  extendSchema,
  forkSchema,
  patchSchema,
} from '../session-fields.ts'
import {
  chatAnswer,
  exported,
  failure,
  health,
  messageList,
  outcome,
  prompt,
  runList,
  session,
  sessionList,
  ticket,
  upload,
} from './answers.ts'
import { COMMAND_SCHEMAS, EVENT_SCHEMAS, sessionCommand, sessionEvent } from './events.ts'
import { costReport, costSummary, message } from './parts.ts'

const { content, ...question } = FRAME_FIELDS.message.shape

/** Its door ignores fields that it does not know. */
const chatQuestion = z.looseObject({
  message: content.describe('The question. `content` is another name of it.'),
  session_id: idSchema.describe('Absent: a session is made.').optional(),
  ...question,
})

const SCHEMAS = {
  SessionCreate: createSchema,
  SessionPatch: patchSchema,
  SessionExtend: extendSchema,
  SessionFork: forkSchema,
  Nothing: emptySchema,
  MessageSend: BODY_FIELDS.message,
  MessageEdit: BODY_FIELDS.edit,
  MessageRegenerate: BODY_FIELDS.regenerate,
  RunCancel: BODY_FIELDS.cancel,
  RunContinue: BODY_FIELDS.continue,
  HeadChoose: BODY_FIELDS.choose,
  ChatQuestion: chatQuestion,
  ChatAnswer: chatAnswer,
  CommandOutcome: outcome,
  CostReport: costReport,
  CostSummary: costSummary,
  Error: failure,
  Health: health,
  Message: message,
  MessageList: messageList,
  Prompt: prompt,
  RunList: runList,
  Session: session,
  SessionExport: exported,
  SessionList: sessionList,
  Ticket: ticket,
  SessionEvent: sessionEvent,
  SessionCommand: sessionCommand,
  Upload: upload,
} as const

export type PublishedName = keyof typeof SCHEMAS

/** By name, for `#/components/schemas/`. */
export const publish = (): Readonly<Record<string, JsonObject>> => {
  const registry = z.registry<{ id: string }>()
  const all = { ...SCHEMAS, ...EVENT_SCHEMAS, ...COMMAND_SCHEMAS }
  for (const [id, schema] of Object.entries(all)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // Nobody reads these.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
    },
  })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, toComponent(schema as JsonObject)]),
  )
}

const NOT_OF_COMPONENTS = new Set(['$schema', '$id'])

const toComponent = (schema: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => !NOT_OF_COMPONENTS.has(name)))
