/** How failed calls are retried. */
import * as z from 'zod'
import { DEFAULT_RETRY } from '#gateway'
import { integer, milliseconds } from './scalars.ts'

export const retriesSchema = z
  .strictObject({
    max: integer(
      { min: 0, max: 10 },
      {
        description: 'How often a call is retried at the same target.',
        default: DEFAULT_RETRY.retries,
      },
    ).optional(),
    base_ms: milliseconds({
      description:
        'The longest wait before the first retry. It doubles with each retry; the actual wait is random.',
      default: DEFAULT_RETRY.baseMs,
    }).optional(),
  })
  .meta({ description: 'How failed calls are retried.' })
