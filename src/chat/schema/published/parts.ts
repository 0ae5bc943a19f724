/** What the answers of several routes contain. The types of the vocabulary hold their fields. */
import * as z from 'zod'
import type { Attachment, CostSummary, MessagePart, RunStatus, SessionMessage } from '#model'

export const id = z.string()
export const time = z.iso.datetime()
export const position = z
  .string()
  .regex(/^\d+\.\d+$/)
  .describe('`EPOCH.SEQ`: a place in the log of the session.')

const tokens = z.int().min(0)

const COUNTS = {
  total_tokens: tokens,
  prompt_tokens: tokens,
  completion_tokens: tokens,
  cached_tokens: tokens,
  cache_write_tokens: tokens,
  reasoning_tokens: tokens,
  total_cost: z.number().min(0).nullable().describe('US dollars. Null: no price is known.'),
  estimated: z.boolean().describe('The server counted the tokens, and not the upstream.'),
}

export const costSummary = z.object({
  model: z.string(),
  ...COUNTS,
}) satisfies z.ZodType<CostSummary>

export const costReport = z.object({
  session_id: id.nullable().describe('Null: everything of the owner.'),
  since: time.nullable().describe('When the owner began to count anew.'),
  ...COUNTS,
  runs: tokens,
  by_model: z.array(z.object({ model: z.string(), ...COUNTS, runs: tokens })),
})

export const runStatus = z.enum([
  'queued',
  'running',
  'done',
  'cancelled',
  'interrupted',
  'failed',
]) satisfies z.ZodType<RunStatus>

export const attachment = {
  upload_id: id,
  name: z.string(),
  type: z.string().describe('A media type, found in its bytes.'),
  bytes: tokens,
} satisfies Record<keyof Attachment, z.ZodType>

const part = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['text', 'reasoning', 'refusal']), text: z.string() }),
  z.object({ kind: z.literal('attachment'), ...attachment }),
  z.object({
    kind: z.literal('citation'),
    title: z.string().exactOptional(),
    url: z.string().exactOptional(),
    quote: z.string().exactOptional(),
    start: tokens.exactOptional(),
    end: tokens.exactOptional(),
  }),
]) satisfies z.ZodType<MessagePart>

export const message = z.object({
  message_id: id,
  parent_id: id.nullable(),
  role: z.enum(['user', 'assistant']),
  content: z.string().describe('The text of all parts of text.'),
  parts: z.array(part),
  status: runStatus.describe('`cancelled` and `interrupted` mark a partial answer.'),
  model: z.string().exactOptional(),
  run_id: id.exactOptional(),
  client_message_id: z.string().exactOptional(),
  user: z.string().exactOptional(),
  metadata: z.looseObject({}).exactOptional(),
  created_at: time,
  cost_summary: costSummary.exactOptional(),
}) satisfies z.ZodType<SessionMessage>

export const eventError = z.object({
  message: z.string(),
  type: z.string(),
  code: z.string().nullable(),
  param: z.string().nullable().describe('The field that is wrong.'),
})
