/** The bodies of the session resources. */
import * as z from 'zod'
import {
  idSchema,
  metadataSchema,
  modelSchema,
  onDisconnectSchema,
  textSchema,
  whenBusySchema,
} from './scalars.ts'

const MAX_TITLE_CHARACTERS = 200
/** The longest that a session is kept after its last activity, unless it is kept for ever. */
const MAX_HOURS = 24 * 366

const title = textSchema
  .pipe(z.string().min(1).max(MAX_TITLE_CHARACTERS))
  .meta({ minLength: 1, maxLength: MAX_TITLE_CHARACTERS })

export const settingsSchema = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  max_output_tokens: z.int().min(1).max(10_000_000).optional(),
  when_busy: whenBusySchema.optional(),
  on_disconnect: onDisconnectSchema.optional(),
})

/** Null is the same as nothing, and resets the field of a session that exists. */
const described = {
  title: title.nullable().optional(),
  system_prompt: textSchema
    .describe('What every run of the session tells its model first.')
    .nullable()
    .optional(),
  model: modelSchema.nullable().optional(),
  settings: settingsSchema.optional(),
  metadata: metadataSchema.optional(),
  keep: z.boolean().describe('The session never expires.').optional(),
}

export const createSchema = z.strictObject({
  id: idSchema.describe('Absent: the server makes one.').optional(),
  ...described,
})
export const patchSchema = z.strictObject(described)
export const extendSchema = z.strictObject({
  hours: z.int().min(1).max(MAX_HOURS).describe('Absent: as long as a new session.').optional(),
})
export const forkSchema = z.strictObject({
  message_id: idSchema
    .describe('The last message of the new session. Absent: the head.')
    .optional(),
  title: title.optional(),
})

export const emptySchema = z.strictObject({})
