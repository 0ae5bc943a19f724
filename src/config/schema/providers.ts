/** The providers of models. */
import * as z from 'zod'
import { DEFAULT_DEADLINES, DEFAULT_HEALTH_CHECK, PROTOCOL_NAMES, VENDOR_NAMES } from '#providers'
import { langchainSchema } from './langchain.ts'
import { baseUrl, flag, integer, milliseconds, pathBelow, secret } from './scalars.ts'

const isVendor = (name: string): boolean => VENDOR_NAMES.some((vendor) => vendor === name)

const timeoutsSchema = z
  .strictObject({
    connect_ms: milliseconds({
      description: 'The time until a connection is open.',
      default: DEFAULT_DEADLINES.connectMs,
    }).optional(),
    first_event_ms: milliseconds({
      description: 'The time until the answer begins in a stream.',
      default: DEFAULT_DEADLINES.firstEventMs,
    }).optional(),
    first_byte_ms: milliseconds({
      description: 'The time until an answer that is not streamed.',
      default: DEFAULT_DEADLINES.firstByteMs,
    }).optional(),
    idle_ms: milliseconds({
      description: 'The time between two pieces of a stream.',
      default: DEFAULT_DEADLINES.idleMs,
    }).optional(),
    min_pace: z
      .strictObject({
        characters: integer(
          { min: 1, max: 1_000_000 },
          { description: 'The fewest characters of text, thoughts and arguments in a window.' },
        ),
        window_ms: milliseconds({
          description:
            'The window, of which the longest silence is left out: a model may think in silence.',
        }),
      })
      .meta({
        description:
          'The slowest that a stream may be written. A slower one is ended as an upstream that does not answer in time. Not limited by default.',
      })
      .optional(),
    whole_ms: milliseconds({
      description: 'The time for the complete call, including retries. Not limited by default.',
    }).optional(),
  })
  .meta({ description: 'How long a call may take.' })

const healthSchema = z
  .strictObject({
    every_ms: milliseconds(
      { description: 'About how often it is asked.', default: DEFAULT_HEALTH_CHECK.everyMs },
      1_000,
    ).optional(),
    timeout_ms: milliseconds({
      description: 'The time for its answer.',
      default: DEFAULT_HEALTH_CHECK.timeoutMs,
    }).optional(),
    path: pathBelow({
      description:
        'What is asked, below its base URL, as in /health. By default its list of models. The request must cost nothing.',
    }).optional(),
  })
  .meta({
    description:
      'Whether the provider is asked from time to time if it answers, also without calls (routing.md describes it). It is not asked by default.',
  })

const providerSchema = z.strictObject({
  vendor: z
    .enum(VENDOR_NAMES)
    .meta({
      description:
        'The vendor whose API it has. Required unless the name of the provider is that of a vendor.',
    })
    .optional(),
  api_key: secret({ description: 'The key to send. If it is not set, no key is sent.' }).optional(),
  api_keys: z
    .array(secret({ description: 'One of several keys.' }))
    .min(1)
    .meta({
      description:
        'Several keys of one account in place of api_key. A conversation has one of them, and other calls take turns. A key that is refused or limited rests, and the others carry on.',
    })
    .optional(),
  base_url: baseUrl({
    description: "The address, if it is not the vendor's own.",
  }).optional(),
  protocols: z
    .array(z.enum(PROTOCOL_NAMES))
    .min(1)
    .meta({
      description:
        "The protocols to use at its base URL, best first, in place of the vendor's own.",
    })
    .optional(),
  inject_usage: flag({
    description:
      'Whether to request usage in relayed streams when the client did not, and to remove it again before the client sees it. Otherwise usage is estimated.',
    default: false,
  }).optional(),
  cache_marks: flag({
    description:
      'Whether requests that are translated to Messages get marks for the prompt cache, if their clients have set none. What is written to the cache costs more, and what is read from it costs less.',
    default: false,
  }).optional(),
  timeouts: timeoutsSchema.optional(),
  health: healthSchema.optional(),
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
      if (rest.api_key !== undefined && rest.api_keys !== undefined)
        context.addIssue({
          code: 'custom',
          path: [name, 'api_keys'],
          message: 'does not go with api_key: list that key, too',
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
      'The providers of models, each under the name that precedes the slash in openai/gpt-5.5.',
  })

export const demoSchema = z
  .union(
    [
      flag({ description: 'Whether the demo model is available.' }),
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
      'Whether the built-in demo model is available. By default it is on loopback, if there is no provider.',
  })

export const probeLocalSchema = flag({
  description:
    'Whether to look for model servers on this machine (Ollama, LM Studio, llama.cpp, vLLM) at their default ports, and to list them. They receive a prompt only if a request names them. By default this is on if Sluice listens on loopback.',
})
