/** The fields of the commands of a session, for frames and bodies. */
import * as z from 'zod'
import {
  clientIdSchema,
  contentSchema,
  idSchema,
  metadataSchema,
  modelSchema,
  onDisconnectSchema,
  whenBusySchema,
} from './scalars.ts'

const MAX_ATTACHMENTS = 16

const run = { model: modelSchema.optional(), when_busy: whenBusySchema.optional() }

const attachment = z
  .union([idSchema, z.looseObject({ upload_id: idSchema })], {
    error: 'must be the id of an upload, or an object with its upload_id',
  })
  .transform((given) => (typeof given === 'string' ? given : given.upload_id))

/** Of a message of a user. */
const more = {
  attachments: z
    .array(attachment)
    .max(MAX_ATTACHMENTS, `must have at most ${MAX_ATTACHMENTS} entries`)
    .describe('Uploads: their ids, or objects with `upload_id`.')
    .optional(),
  metadata: metadataSchema.optional(),
}

const message = {
  content: contentSchema,
  client_message_id: clientIdSchema.optional(),
  ...run,
  ...more,
}

/** By the type of the frame. */
export const FRAME_FIELDS = {
  message: z.strictObject({ ...message, on_disconnect: onDisconnectSchema.optional() }),
  cancel: z.strictObject({
    run_id: idSchema.describe('Absent: whichever run is in progress.').optional(),
  }),
  edit: z.strictObject({
    message_id: idSchema,
    content: contentSchema,
    client_message_id: clientIdSchema.optional(),
    ...run,
    ...more,
  }),
  regenerate: z.strictObject({ message_id: idSchema, ...run }),
  continue: z.strictObject({ run_id: idSchema, when_busy: whenBusySchema.optional() }),
  choose: z.strictObject({ message_id: idSchema }),
  dequeue: z.strictObject({ message_id: idSchema }),
  clear_history: z.strictObject({}),
  ping: z.strictObject({}),
  resume: z.strictObject({ position: z.string() }),
} as const

/** By the last part of the path. A message that is posted has no connection that could end. */
export const BODY_FIELDS = {
  message: z.strictObject(message),
  cancel: FRAME_FIELDS.cancel,
  edit: FRAME_FIELDS.edit.omit({ message_id: true }),
  regenerate: FRAME_FIELDS.regenerate.omit({ message_id: true }),
  continue: FRAME_FIELDS.continue,
  choose: FRAME_FIELDS.choose,
  clear_history: FRAME_FIELDS.clear_history,
} as const
