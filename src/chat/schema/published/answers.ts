/** The answers of the routes of sessions. */
import * as z from 'zod'
import type { CommandOutcome } from '#model'
import { settingsSchema } from '../session-fields.ts'
import {
  attachment,
  costSummary,
  eventError,
  id,
  message,
  position,
  runStatus,
  time,
} from './parts.ts'

const queued = z.object({
  message_id: id,
  client_message_id: z.string().exactOptional(),
  place: z.int().min(1),
  created_at: time,
})

export const session = z.object({
  id,
  session_id: id.describe('The same as `id`.'),
  title: z.string().nullable(),
  system_prompt: z.string().nullable(),
  model: z.string().nullable().describe('Null: that of the configuration.'),
  settings: settingsSchema,
  metadata: z.looseObject({}),
  head: id.nullable().describe('The last message of the branch that models see.'),
  keep: z.boolean(),
  created_at: time,
  last_active_at: time,
  expires_at: time.nullable().describe('Null: never.'),
  active_run: id.nullable(),
  queue: z.array(queued).describe('The messages that wait for their turn.'),
})

export const sessionList = z.object({
  sessions: z.array(session),
  next_cursor: z
    .string()
    .nullable()
    .describe('The `cursor` of the next page. Null: there is none.'),
})

export const messageList = z.object({
  messages: z.array(message),
  head: id.nullable(),
  next_before: id.nullable().describe('The `before` of the next page. Null: there is none.'),
})

export const exported = z.object({ session, messages: z.array(message) })

const run = z.object({
  run_id: id,
  message_id: id.describe('That of the answer.'),
  parent_id: id.nullable().describe('That of the message that is answered.'),
  status: runStatus,
  model: z.string(),
  target: z.string().nullable().describe('`provider/model`'),
  started_at: time,
  ended_at: time.nullable(),
  finish_reason: z.string().nullable(),
  cost_summary: costSummary.nullable(),
  error: z.object({ message: z.string(), code: z.string() }).nullable(),
  continues: id.exactOptional(),
})

export const runList = z.object({ runs: z.array(run) })

export const prompt = z.object({
  run_id: id,
  model: z.string(),
  messages: z.array(
    z.object({
      role: z.string(),
      content: z.string(),
      attachments: z.array(z.object(attachment)).exactOptional(),
    }),
  ),
  settings: z.object({
    temperature: z.number().nullable(),
    max_output_tokens: z.int().nullable(),
  }),
})

export const outcome = z.object({
  status: z
    .enum(['started', 'queued', 'repeated', 'nothing_to_cancel', 'done'])
    .describe('`started` and `queued` come with the status 202, the others with 200.'),
  message_id: id.exactOptional(),
  run_id: id.exactOptional(),
  position: position.describe('The events of the command come after this position.'),
}) satisfies z.ZodType<CommandOutcome>

const tokens = z.int().min(0)

export const chatAnswer = z.object({
  response: z.string(),
  session_id: id,
  message_id: id,
  message_count: tokens,
  latency_ms: tokens,
  status: z.literal('success'),
  moderated: z.boolean(),
  input_flagged: z.boolean(),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens, total_tokens: tokens }),
  cost_summary: costSummary.nullable(),
})

export const upload = z.object({
  upload_id: id,
  name: z.string(),
  type: z.string().describe('A media type, found in its bytes.'),
  bytes: tokens,
  sha256: z.string(),
  created_at: time,
  expires_at: time.nullable().describe('Null: a message has it, and it is kept with its session.'),
})

export const ticket = z.object({ ticket: z.string(), expires_at: time })

export const failure = z.object({ error: eventError })

/** What everybody is told. An admin is told more. */
export const health = z.looseObject({
  status: z.literal('ok'),
  timestamp: time,
  uptime: z.number().describe('Seconds.'),
  memory: z.object({ rss: z.number(), heap_total: z.number(), heap_used: z.number() }),
})
