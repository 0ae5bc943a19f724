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

const MAX_ATTACHMENTS = 20

const run = { model: modelSchema.optional(), when_busy: whenBusySchema.optional() }

const message = {
  content: contentSchema,
  client_message_id: clientIdSchema.optional(),
  ...run,
  attachments: z.array(idSchema).max(MAX_ATTACHMENTS).describe('Ids of uploads.').optional(),
  metadata: metadataSchema.optional(),
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
