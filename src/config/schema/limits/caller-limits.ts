/** What callers may use: the same fields for every caller, for one key, by address and by owner. */
import * as z from 'zod'
import { DEFAULT_WINDOWS } from '#access'
import { MAX_COUNT } from '../../largest.ts'
import { integer, milliseconds, text } from '../scalars.ts'

const count = (description: string, preset?: number) =>
  integer(
    { min: 1, max: MAX_COUNT },
    { description, ...(preset === undefined ? {} : { default: preset }) },
  ).optional()

const COUNTS = {
  window_ms: milliseconds({
    description: 'The length of the general window.',
    default: DEFAULT_WINDOWS.windowMs,
  }).optional(),
  window_requests: count('Calls in each general window.', DEFAULT_WINDOWS.windowRequests),
  streaming_per_minute: count(
    'Streamed calls and turns of WebSockets, a minute.',
    DEFAULT_WINDOWS.streamingPerMinute,
  ),
  requests_per_minute: count('Calls a minute, as a bucket that fills continuously.'),
  burst: count('The size of that bucket. If it is not set, it is the calls of a minute.'),
  tokens_per_minute: count('Input and output tokens a minute.'),
  concurrent_streams: count('Streams at a time.'),
}

export const checkBurst = (
  limits: {
    readonly burst?: number | undefined
    readonly requests_per_minute?: number | undefined
  },
  context: z.RefinementCtx,
): void => {
  if (limits.burst !== undefined && limits.requests_per_minute === undefined)
    context.addIssue({
      code: 'custom',
      path: ['burst'],
      message: 'needs requests_per_minute beside it',
    })
}

/** The fields of limits that are counted for somebody. */
export const CALLER_LIMITS = {
  ...COUNTS,
  models: z
    .record(
      text({ description: 'A pattern. * matches any run of characters.' }),
      z.strictObject(COUNTS).superRefine(checkBurst),
    )
    .meta({
      description:
        'Further limits for models whose name matches a pattern (gpt-*, openai/*), each with a count of its own. The name that the client asked for and that of the first target are matched. All patterns that match hold.',
    })
    .optional(),
}

/** @param description whom the limits are for. */
export const callerLimits = (description: string) =>
  z.strictObject(CALLER_LIMITS).superRefine(checkBurst).meta({ description })
