/** What is done about a call that fails. */
import * as z from 'zod'
import { DEFAULT_RETRY } from '#gateway'
import { integer, milliseconds } from './scalars.ts'

export const retriesSchema = z
  .strictObject({
    max: integer(
      { min: 0, max: 10 },
      {
        description: 'How often a call is tried again on the same target.',
        default: DEFAULT_RETRY.retries,
      },
    ).optional(),
    base_ms: milliseconds({
      description: 'The longest first wait; it doubles with each retry, and is drawn at random.',
      default: DEFAULT_RETRY.baseMs,
    }).optional(),
  })
  .meta({ description: 'What is done about a call that fails.' })
