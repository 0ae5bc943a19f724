/** The log, the metrics and the traces. */
import * as z from 'zod'
import { LOG_LEVELS, SAMPLERS } from '#telemetry'
import { DEFAULTS } from '../defaults.ts'
import { HEADER_NAME } from '../receiver.ts'
import { baseUrl, flag, secret, share, text } from './scalars.ts'

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

export const tracesSchema = z
  .strictObject({
    endpoint: baseUrl({
      description:
        'The address of a receiver of OpenTelemetry that takes OTLP over HTTP (http://127.0.0.1:4318). /v1/traces is added, unless it ends so. Without it, calls are not traced.',
    }).optional(),
    headers: z
      .record(
        z.string().regex(HEADER_NAME, { error: 'must be the name of a header' }),
        secret({ description: 'A header for the receiver. It is redacted everywhere.' }),
      )
      .meta({ description: 'Headers for the receiver, such as a token.' })
      .optional(),
    service_name: text({
      description: 'The name of this service in traces.',
      default: DEFAULTS.traces.serviceName,
    }).optional(),
    resource: z
      .record(z.string(), text({ description: 'An attribute of this process in all traces.' }))
      .meta({ description: 'What else describes this process: deployment.environment.name.' })
      .optional(),
    sampler: z
      .enum(SAMPLERS)
      .meta({
        description:
          'Which traces are recorded. With parentbased, a client that sends a trace decides it, and the rest of the name holds for the other calls.',
        default: DEFAULTS.traces.sampler,
      })
      .optional(),
    ratio: share({
      description: 'The part of all traces that a sampler by ratio records.',
      default: DEFAULTS.traces.ratio,
    }).optional(),
    content: flag({
      description:
        'Whether spans contain prompts and answers, without secrets and cut to a length. Whoever reads the traces then reads what callers write.',
      default: DEFAULTS.traces.content,
    }).optional(),
  })
  .meta({ description: 'Traces of calls, by OpenTelemetry.' })
