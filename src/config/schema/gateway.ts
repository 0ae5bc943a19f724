/** How failed calls are retried, which targets are skipped, and whether answers are cached. */
import * as z from 'zod'
import { DEFAULT_RETRY } from '#gateway'
import { DEFAULT_BREAKER } from '#router'
import { DEFAULTS } from '../defaults.ts'
import { bytes, flag, integer, milliseconds, ratio } from './scalars.ts'

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

export const breakerSchema = z
  .union(
    [
      flag({ description: 'Whether targets that fail are skipped.', default: true }),
      z.strictObject({
        failures: integer(
          { min: 1, max: 1000 },
          {
            description: 'A target is skipped after so many failures in a row.',
            default: DEFAULT_BREAKER.failures,
          },
        ).optional(),
        ratio: ratio({
          description:
            'A target is skipped, too, if so large a part of its calls in the window fails, of at least 20.',
          default: DEFAULT_BREAKER.ratio,
        }).optional(),
        window_ms: milliseconds({
          description: 'The window in which calls are counted for the ratio.',
          default: DEFAULT_BREAKER.windowMs,
        }).optional(),
        rest_ms: milliseconds({
          description:
            'How long a target is skipped before one call is sent there to see whether it works again. The time doubles with each such call that fails, up to five minutes.',
          default: DEFAULT_BREAKER.restMs,
        }).optional(),
      }),
    ],
    { error: 'must be true, false, or a map with failures, ratio, window_ms and rest_ms' },
  )
  .meta({
    description:
      'When a target that fails is skipped while another one is left (routing.md describes it).',
  })

export const cacheSchema = z
  .strictObject({
    ttl_ms: milliseconds({
      description: 'How long an answer is kept.',
      default: DEFAULTS.cache.ttlMs,
    }).optional(),
    store: z
      .enum(['memory', 'redis'])
      .meta({
        description:
          'Where answers are kept: in the memory of each process, or in the Redis of REDIS_URL for all processes together.',
        default: DEFAULTS.cache.store,
      })
      .optional(),
    max_bytes: bytes({
      description:
        'How much is kept in the memory of a process. It does not bound what is kept in Redis.',
      default: DEFAULTS.cache.maxBytes,
    }).optional(),
  })
  .meta({
    description:
      'The cache of answers: an identical call of the same caller gets the same answer again. Without this section nothing is cached.',
  })
