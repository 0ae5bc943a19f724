/** Where models live. */
import * as z from 'zod'
import { DEFAULT_DEADLINES, PROTOCOL_NAMES, VENDOR_NAMES } from '#providers'
import { langchainSchema } from './langchain.ts'
import { baseUrl, flag, milliseconds, secret } from './scalars.ts'

const isVendor = (name: string): boolean => VENDOR_NAMES.some((vendor) => vendor === name)

const timeoutsSchema = z
  .strictObject({
    connect_ms: milliseconds({
      description: 'To a connection.',
      default: DEFAULT_DEADLINES.connectMs,
    }).optional(),
    first_event_ms: milliseconds({
      description: 'To the first event of a stream.',
      default: DEFAULT_DEADLINES.firstEventMs,
    }).optional(),
    first_byte_ms: milliseconds({
      description: 'To an answer that is not streamed.',
      default: DEFAULT_DEADLINES.firstByteMs,
    }).optional(),
    idle_ms: milliseconds({
      description: 'Between two pieces of a stream.',
      default: DEFAULT_DEADLINES.idleMs,
    }).optional(),
    whole_ms: milliseconds({
      description: 'For the whole call, retries included. Unbounded where it is not set.',
    }).optional(),
  })
  .meta({ description: 'How long a call may take.' })

const providerSchema = z.strictObject({
  vendor: z
    .enum(VENDOR_NAMES)
    .meta({
      description: "Whose API it speaks. Needed only where the name is not a vendor's already.",
    })
    .optional(),
  api_key: secret({ description: 'The key to send. Without one, no key is sent.' }).optional(),
  base_url: baseUrl({
    description: "Where it is, in place of the vendor's own address.",
  }).optional(),
  protocols: z
    .array(z.enum(PROTOCOL_NAMES))
    .min(1)
    .meta({
      description:
        "The languages to speak to it at its base URL, best first, in place of the vendor's own.",
    })
    .optional(),
  inject_usage: flag({
    description:
      'Asks for usage in relayed streams whose client did not, and takes it out again; else usage is estimated.',
    default: false,
  }).optional(),
  timeouts: timeoutsSchema.optional(),
  langchain: langchainSchema.optional(),
})

const NAME = /^(?!demo$)[A-Za-z0-9][A-Za-z0-9._-]*$/

export const providersSchema = z
  .record(
    z.string().regex(NAME, {
      error: 'must be a name of letters, digits, dots, dashes and underscores, and not demo',
    }),
    providerSchema,
  )
  .superRefine((providers, context) => {
    for (const [name, { vendor, langchain, timeouts: _, ...rest }] of Object.entries(providers)) {
      const [field] = Object.keys({ ...rest, ...(vendor ? { vendor } : {}) })
      if (langchain && field !== undefined)
        context.addIssue({
          code: 'custom',
          path: [name, field],
          message: 'does not go with langchain, whose options say it all',
        })
      if (!langchain && !vendor && !isVendor(name))
        context.addIssue({
          code: 'custom',
          path: [name, 'vendor'],
          message: `must be set to one of ${VENDOR_NAMES.join(', ')}`,
        })
    }
  })
  .meta({
    description:
      'Where models live, by the name that stands in front of the slash: openai/gpt-5.5.',
  })

export const demoSchema = z
  .union(
    [
      flag({ description: 'Whether it exists.' }),
      z.strictObject({
        pace_ms: milliseconds(
          { description: 'The time between two tokens.', default: 15 },
          0,
        ).optional(),
      }),
    ],
    { error: 'must be true, false, or a map with pace_ms' },
  )
  .meta({
    description:
      'Whether the built-in demo model exists. Where it is not set: on loopback, as long as there is no provider.',
  })

export const probeLocalSchema = flag({
  description:
    'Whether model servers of this machine (Ollama, LM Studio, llama.cpp, vLLM) are looked for at their default ports and listed. They get a prompt only where they are named. Where it is not set: on loopback.',
})
