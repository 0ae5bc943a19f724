/** The log and the metrics. */
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

export const metricsSchema = z.enum(['admin', 'public']).meta({
  description:
    'Who may read /metrics: admin, whoever has an admin key; public, everybody who can reach Sluice. The metrics name providers and models, and what they cost, but no callers.',
  default: 'admin',
})
