/** The log. */
import * as z from 'zod'
import { LOG_LEVELS } from '#telemetry'
import { DEFAULTS } from '../defaults.ts'

export const logSchema = z
  .strictObject({
    level: z
      .enum(LOG_LEVELS)
      .meta({ description: 'The lowest level that is logged.', default: DEFAULTS.logLevel })
      .optional(),
  })
  .meta({ description: 'The log.' })
